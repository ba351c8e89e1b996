import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRecording } from '../../formats/recording';
import { methodOf } from '../../methods';
import { activeLevels } from '../../methods/active-levels';
import { parseRunFile } from '../../methods/run-file';
import { samplerSigmas } from '../../methods/sigmas';

test('recorded runs say what their rewards saw, and where along σ the gradient of each update went', () => {
  for (const name of readdirSync('public/recordings')) {
    const recording = parseRecording(JSON.parse(readFileSync(`public/recordings/${name}/recording.json`, 'utf8')));
    const run = parseRunFile(recording.run);
    const bundle = JSON.parse(readFileSync(`public/bundles/${run.bundle}/scheduler/scheduler_config.json`, 'utf8')) as {
      shift: number;
    };
    const sigmas = samplerSigmas(run.rollout.steps, bundle.shift);
    for (const { step, sees, active } of recording.frames) {
      expect(sees).toBe(methodOf(run.method).timeline.sees);
      const update = recording.metrics[step - 1];
      expect(active, `${name}, step ${step}`).toEqual(update ? activeLevels(run, sigmas, update) : []);
    }
  }
});
