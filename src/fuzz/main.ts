/**
 * @file `npm run fuzz [-- --seconds N] [--target NAME] [--seed N]`: tries damaged inputs of every kind until the time
 * is over, prints each finding, and exits with 1 where there is one. A finding's input lies in build/fuzz-findings.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tryOnce } from './fuzz';
import { fuzzTargets } from './targets';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, target: { type: 'string' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds ?? 600);
const first = Number(values.seed ?? 1_000_000);
const root = process.env.STUDIO_ROOT ?? process.cwd();
const folder = join(root, 'build/fuzz-findings');

const targets = (await fuzzTargets(root)).filter(({ name }) => values.target === undefined || name === values.target);
const end = performance.now() + seconds * 1000;
const problems = new Map<string, number>();
let trials = 0;
for (let seed = first; performance.now() < end && targets.length > 0; seed++) {
  for (const target of targets) {
    trials++;
    const { finding } = await tryOnce(target, seed);
    if (!finding) continue;
    const kind = `${target.name}: ${finding.problem.replace(/[\d"].*/s, '')}`;
    const count = (problems.get(kind) ?? 0) + 1;
    problems.set(kind, count);
    // The first of a kind tells enough.
    if (count > 1) continue;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${target.name.replace(/\W+/g, '-')}-${seed}`);
    writeFileSync(file, finding.input);
    process.stdout.write(`${target.name}, seed ${seed}: ${finding.problem}\n  ${file}\n`);
  }
}
const found = [...problems.values()].reduce((sum, count) => sum + count, 0);
process.stdout.write(`${trials} damaged inputs of ${targets.length} kinds, ${found} findings\n`);
process.exit(found === 0 && trials > 0 ? 0 : 1);
