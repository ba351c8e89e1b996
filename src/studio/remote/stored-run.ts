/** @file A run of the Library, shown on the page. */
import { UserError } from '../../errors';
import { runWithWords } from '../../formats/control-words';
import { fieldsOfRun } from '../state/run-of-fields';
import { type RunView, startingView } from '../state/run-view';
import { notify, setFields, useStudio } from '../state/store';

/** Shows a stored run; `resumeRun` trains it further. */
export async function openStoredRun(runId: string): Promise<RunView> {
  const [{ getRun }, { frameSteps }, { listMetrics }, { listSamples }, { pictureOfPng }, { heldRuns }] =
    await Promise.all([
      import('../../storage/runs'),
      import('../../storage/frames'),
      import('../../storage/metrics'),
      import('../../storage/samples'),
      import('../pictures/png-picture'),
      import('../../storage/locks'),
    ]);
  const record = await getRun(runId);
  if (!record) throw new UserError('This run is no longer in the Library.');
  const rows = await listSamples(runId, (sentence) => notify('error', sentence));
  const samples = await Promise.all(
    rows.map(async ({ step, prompts, seeds, pictures, judged }) => ({
      step,
      prompts,
      seeds,
      judged,
      pictures: await Promise.all(pictures.map(pictureOfPng)),
    })),
  );
  const view: RunView = {
    ...startingView(record.id, record.run, record.name),
    source: 'stored',
    state: record.state,
    step: record.step,
    steps: record.run.steps,
    metrics: await listMetrics(record, (sentence) => notify('error', sentence)),
    frameSteps: await frameSteps(runId),
    samples: samples.sort((a, b) => a.step - b.step),
    wordChanges: record.wordChanges,
    baseHash: record.baseHash,
    elsewhere: (await heldRuns()).has(runId),
  };
  useStudio.setState({ live: view, unfinished: null, inspected: null, playing: 'no', wordsPending: null });
  setFields({ ...fieldsOfRun(runWithWords(record.run, record.wordChanges)), cursorStep: null, timelinePrompt: '' });
  return view;
}
