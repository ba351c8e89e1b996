import { expect, test } from 'vitest';
import { answerOf, wrongness } from './compare';
import type { ContenderId, Counted, Prepared } from './contender';
import { Measurement, type Own } from './measure';
import { cellOf, type Result, type RowResult, ratioToBest } from './result';
import { fastest, markdownOf } from './table';
import { answerAt, gflopOf, type Operation, operandsOf, outputSize, permuted, ROWS, type Row, rowsOf } from './work';

const WORK: Operation = { kind: 'matmul', m: 6, n: 5, k: 4 };
const ROW: Row = { id: 'small', label: 'small', work: WORK };
const counted: Counted = { gflop: 1, dispatches: 3, bytes: 2 ** 21, leastBytes: 2 ** 20, peakBytes: 2 ** 22 };

const rightOutput = (work: Operation) => {
  const operands = operandsOf(work);
  return Float32Array.from({ length: outputSize(work) }, (_, i) => answerAt(work, operands, i));
};
const prepared = (output: Float32Array, run: Prepared['run'] = async () => {}): Prepared & { counted: Counted } => ({
  run,
  output: async () => output,
  destroy() {},
  counted,
});
const own = (output: Float32Array): Own => ({ id: 'ours', version: '', prepare: async () => prepared(output) });
const options = { rounds: 3, least: 0, budget: 60, onProgress() {} };

test('a median, and the least and most of the rounds, in milliseconds', () => {
  expect(cellOf([0.003, 0.001, 0.002, 0.01])).toEqual({ median: 2.5, least: 1, most: 10, rounds: 4 });
});

test('the ratio is to the fastest peer that counts; none without a peer or without ours', () => {
  const row = (cells: RowResult['cells']): RowResult => ({ id: '', label: '', gflop: 1, cells, share: null, counted });
  const took = (ms: number) => cellOf([ms / 1000]);
  const all = row({ ours: took(2), 'TF.js': took(6), 'jax-js': took(1), 'onnxruntime-web': { why: 'wrong' } });
  expect(ratioToBest(all)).toBeCloseTo(0.5);
  expect(fastest(all)).toBe('jax-js');
  expect(ratioToBest(row({ ours: took(2), 'TF.js': { why: 'wrong' } }))).toBeNull();
  expect(ratioToBest(row({ ours: { why: 'wrong' }, 'TF.js': took(1) }))).toBeNull();
  expect(fastest(row({}))).toBeNull();
});

test('an output may differ by a thousandth of the answer’s size, no more, anywhere', () => {
  const right = rightOutput(WORK);
  const answer = answerOf(WORK, operandsOf(WORK));
  const changed = (index: number, by: number) => right.map((v, i) => (i === index ? v + by : v));
  expect(wrongness(right, answer, null)).toBeNull();
  expect(wrongness(changed(0, 1e-4), answer, right)).toBeNull();
  expect(wrongness(changed(29, 0.1), answer, null)).toMatch(/^wrong by/);
  for (const index of right.keys()) expect(wrongness(changed(index, 0.1), answer, right)).toMatch(/^wrong by/);
  expect(wrongness(changed(7, Number.NaN), answer, right)).toBe('wrong: not a number');
  expect(wrongness(right.slice(1), answer, null)).toBe('29 numbers instead of 30');
});

test('no time counts of a wrong output, of an error while running, or of a library that is missing', async () => {
  const right = rightOutput(WORK);
  const peer = (id: ContenderId, output: Float32Array, run?: Prepared['run']) => ({
    ...{ id, version: '1' },
    prepare: async () => prepared(output, run),
  });
  const zeros = new Float32Array(right.length);
  const fails = () => Promise.reject(new Error('WebGPU: invalid\nmore'));
  const peers = [peer('TF.js', zeros), peer('jax-js', right, fails)];
  const row = await new Measurement(own(right), peers, { 'onnxruntime-web': 'not here' }, options).row(ROW);
  expect(row.cells).toEqual({
    ours: expect.objectContaining({ rounds: 3 }),
    'TF.js': { why: expect.stringMatching(/^wrong by/) },
    'jax-js': { why: 'WebGPU: invalid' },
    'onnxruntime-web': { why: 'not here' },
  });
  // What we compute wrong does not count either, and nobody is compared with it.
  const wrong = await new Measurement(own(zeros), [peer('TF.js', right)], {}, options).row(ROW);
  expect(wrong.cells).toEqual({
    ours: { why: expect.stringMatching(/^wrong by/) },
    'TF.js': expect.objectContaining({ rounds: 3 }),
  });
  expect(wrong.share).toBeNull();
});

test('all take turns within a round, and another one begins each round', async () => {
  const right = rightOutput(WORK);
  const order: string[] = [];
  const noted = (id: string) => prepared(right, async () => void order.push(id));
  const ours: Own = { id: 'ours', version: '', prepare: async () => noted('o') };
  const peers = [{ id: 'TF.js' as const, version: '', prepare: async () => noted('t') }];
  await new Measurement(ours, peers, {}, options).row(ROW);
  // Twice each to warm up, then three rounds.
  expect(order.join('')).toBe('oott' + 'ot' + 'to' + 'ot');
});

test('the table says who is faster, and numbers the reasons for dashes', () => {
  const cells = { ours: cellOf([0.004]), 'TF.js': cellOf([0.002]), 'jax-js': { why: 'cannot' } };
  const row: RowResult = { id: 'a', label: 'a product', gflop: 1, cells, share: 0.5, counted };
  const result: Result = {
    ...{ adapter: 'Some GPU', vendor: '', architecture: '', features: [], software: false, where: 'Node' },
    ...{ date: '2026-11-29T00:00:00Z', versions: { ours: 'this', 'TF.js': '4' }, bestMatmul: 123.4, rows: [row] },
  };
  const text = markdownOf(result);
  expect(text).toContain('**Some GPU**, Node, 2026-11-29; TF.js 4. Our best matmul of this run: 123 GFLOP/s.');
  expect(text).toContain(
    '| a product | 4.00 (4.00 – 4.00) | – [1] | 2.00 (2.00 – 2.00) | – [2] | 0.500×: TF.js is faster | 50 % | 3 | 2.00 / 1.00 | 4.00 |',
  );
  expect(text).toContain('[1] not measured in this run\n\n[2] cannot');
});

test('rows are named, all of them have names of their own, and a software adapter is spared the large ones', () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  expect(rowsOf(null, false)).toEqual(ROWS);
  expect(rowsOf('all', true)).toEqual(ROWS);
  expect(rowsOf(null, true).some(({ large }) => large)).toBe(false);
  expect(rowsOf('step,decoder', true).map(({ id }) => id)).toEqual(['decoder', 'step']);
  expect(() => rowsOf('setp', true)).toThrow('Unknown row "setp"');
  for (const { work } of ROWS) if (work.kind !== 'model') expect(gflopOf(work)).toBeGreaterThan(0.005);
});

test('answers: attention averages values, a convolution’s border reads zeros, axes are moved', () => {
  const attention: Operation = { kind: 'attention', heads: 2, tokens: 3, size: 2 };
  const one = new Float32Array(12).fill(1);
  expect(answerAt(attention, { q: one, k: one, v: one }, 7)).toBeCloseTo(1);
  const v = Float32Array.from({ length: 12 }, (_, i) => i);
  // Token 0, head 1, d 1: the mean of v at 3, 7 and 11.
  expect(answerAt(attention, { q: one, k: one, v }, 3)).toBeCloseTo(7);
  const convolution: Operation = { kind: 'convolution', side: 3, channels: 1 };
  const ones = { x: new Float32Array(9).fill(1), w: new Float32Array(9).fill(1) };
  expect([0, 1, 4].map((index) => answerAt(convolution, ones, index))).toEqual([4, 6, 9]);
  expect([...permuted(Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3], [1, 0])]).toEqual([0, 3, 1, 4, 2, 5]);
});
