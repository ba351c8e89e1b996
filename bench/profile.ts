/**
 * @file Where a program's time goes: one line a shader, and one a part of the model and one a shader and
 * size for the slowest.
 */
import type { DispatchTime, Program } from '../src/gpu/program';
import { percent, significant, table } from './table';

interface Group {
  name: string;
  count: number;
  seconds: number;
  gflop: number;
}

/** The least time of each dispatch counts: whatever else the machine does only adds. */
const ROUNDS = 5;

/** Tables of one program's time by shader and by size, and the same as data. */
export async function profileOf(
  title: string,
  program: Program,
): Promise<{ title: string; groups: Group[]; text: string }> {
  await program.runAndWait();
  const times = await program.profile();
  for (let round = 1; round < ROUNDS; round++) {
    for (const [i, { seconds }] of (await program.profile()).entries()) {
      times[i].seconds = Math.min(times[i].seconds, seconds);
    }
  }
  const total = times.reduce((sum, t) => sum + t.seconds, 0);
  const groups = grouped(times, ({ dispatch }) => dispatch.shader);
  const parts = grouped(times, ({ dispatch }) => dispatch.origin || 'elsewhere').slice(0, 40);
  const sizes = grouped(times, ({ dispatch }) => `${dispatch.shader} ${sizeOf(dispatch)}`).slice(0, 40);
  const rows = (list: readonly Group[]) =>
    list.map((g) => [
      g.name,
      String(g.count),
      significant(g.seconds * 1000),
      percent(g.seconds / total),
      significant((g.seconds / g.count) * 1e6),
      significant(g.gflop / g.seconds),
    ]);
  const header = (first: string) => [first, 'dispatches', 'ms', 'share', 'µs each', 'GFLOP/s'];
  const text = `${title}: ${significant(total * 1000)} ms in ${times.length} dispatches\n\n${table(
    header('shader'),
    rows(groups),
  )}\n${table(header('part of the model'), rows(parts))}\n${table(header('shader and size'), rows(sizes))}`;
  return { title, groups, text };
}

function grouped(times: readonly DispatchTime[], nameOf: (time: DispatchTime) => string): Group[] {
  const groups = new Map<string, Group>();
  for (const time of times) {
    const name = nameOf(time);
    const group = groups.get(name) ?? { name, count: 0, seconds: 0, gflop: 0 };
    group.count++;
    group.seconds += time.seconds;
    group.gflop += time.dispatch.flops / 1e9;
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => b.seconds - a.seconds);
}

/** The parameters that say how large a dispatch is. */
function sizeOf({ params, workgroups }: DispatchTime['dispatch']): string {
  const { m, n, k, h, w, channels, out_channels: outChannels, rows, width, count } = params;
  if (k !== undefined) return `${m}×${n}×${k}·${workgroups[2]}`;
  if (channels !== undefined) return `${h}×${w}×${channels}→${outChannels}·${workgroups[2]}`;
  if (rows !== undefined) return `${rows}×${width}`;
  return String(count);
}
