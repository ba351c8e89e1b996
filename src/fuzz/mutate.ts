/**
 * @file Damaged inputs out of good ones, reproducible from a random stream: of bytes, of JSON, of .safetensors files.
 */
import type { Random } from '../align/random';
import { joined } from '../formats/testing';

/** JSON values as text that wrong, foreign or hostile files hold where another is expected. */
const NASTY = [
  ...['null', 'true', '-1', '0', '1', '2.5', '1e-300', '1e308', '1e999', '-1e999', '9007199254740993', '4294967296'],
  ...['2147483648', '65537', '1e-7', '-0', '""', '" "', '"\\u001b[2J\\nless of  all"', '"\\u0000"', '"\\ud800"'],
  ...['"\\u202e\\u2028"', '"../../../etc/passwd"', '"constructor"', '"__proto__"', '"NaN"', '"1"', '[]', '{}', '[[]]'],
  ...['{"__proto__":{"a":1}}', '[null]', '[1,2]', '["a","a"]', '{"a":{"a":{}}}', 'NaN', 'Infinity', '01', "'a'", ''],
  JSON.stringify('word '.repeat(2000)),
  JSON.stringify('x'.repeat(20_000)),
  JSON.stringify('猫'.repeat(3000)),
  JSON.stringify(Array(500).fill(7)),
  '['.repeat(5000) + ']'.repeat(5000),
  `${'{"a":'.repeat(90)}1${'}'.repeat(90)}`,
];

/** What goes in among bytes: no word that would look like nonsense of ours where a name has it inside. */
const PIECES = NASTY.filter((text) => !/NaN|Infinity/.test(text));

/** An integer in [0, most). */
export function below(random: Random, most: number): number {
  return Math.min(most - 1, Math.floor(random.uniform() * most));
}

/** One of a list. */
export function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)];
}

/** One to four bytes, ranges or the end changed. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let out = Uint8Array.from(bytes);
  for (let i = below(random, 4); i >= 0 && out.length > 0; i--) {
    const at = below(random, out.length);
    const end = Math.min(out.length, at + 1 + below(random, 16));
    const change = below(random, 7);
    if (change === 0) out[at] = below(random, 256);
    else if (change === 1) out[at] ^= 1 << below(random, 8);
    else if (change === 2) out = out.slice(0, at);
    else if (change === 3) out = joined(out.subarray(0, at), out.subarray(end));
    else if (change === 4) out = joined(out.subarray(0, end), out.subarray(at));
    else if (change === 5) out.fill(oneOf(random, [0, 0xff, 0x7f, 0x20, 0x22, 0xe9]), at, end);
    else out = joined(out.subarray(0, at), new TextEncoder().encode(oneOf(random, PIECES)), out.subarray(at));
  }
  return out;
}

/**
 * Text of a JSON value of which one to three parts are replaced, left out, named twice, renamed or exchanged; the text
 * need not be JSON any more.
 */
export function mutateJson(random: Random, value: unknown): string {
  let text = writeMutated(random, value, below(random, 3) + 1);
  if (below(random, 12) === 0) text = new TextDecoder().decode(mutateBytes(random, new TextEncoder().encode(text)));
  return text;
}

/** A .safetensors file whose header or data is damaged; the header's length fits it, mostly. */
export function mutateSafetensors(random: Random, file: Uint8Array): Uint8Array<ArrayBuffer> {
  if (below(random, 4) === 0) return mutateBytes(random, file);
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const data = below(random, 3) === 0 ? mutateBytes(random, file.subarray(8 + length)) : file.subarray(8 + length);
  return safetensorsOf(below(random, 3) === 0 ? JSON.stringify(header) : mutateJson(random, header), data);
}

/** A .safetensors file of a header's text and the bytes after it. */
export function safetensorsOf(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return joined(length, json, data);
}

/** Numbers of eight bytes that a damaged or hostile file has as counts, lengths and offsets. */
const NASTY_NUMBERS = [
  0n,
  1n,
  2n,
  31n,
  33n,
  255n,
  2n ** 20n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 60n,
  2n ** 64n - 1n,
];

/** A file of binary numbers with some of its head's replaced by such, or damaged as any bytes. */
export function mutateNumbers(random: Random, file: Uint8Array, headBytes: number): Uint8Array<ArrayBuffer> {
  if (below(random, 3) === 0) return mutateBytes(random, file);
  const out = Uint8Array.from(file);
  const view = new DataView(out.buffer);
  for (let i = below(random, 3); i >= 0; i--) {
    const at = below(random, headBytes - 8);
    if (below(random, 2) === 0) view.setBigUint64(at, oneOf(random, NASTY_NUMBERS), true);
    else view.setUint32(at, Number(oneOf(random, NASTY_NUMBERS) & 0xffffffffn), true);
  }
  return out;
}

/** Parts of a JSON value, by the way to them. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, part]) => placesIn(part, [...path, key]));
  return [path, ...inner];
}

function writeMutated(random: Random, value: unknown, changes: number): string {
  const places = placesIn(value);
  const chosen = new Map<string, string>();
  const other = () => write(partAt(value, oneOf(random, places)), [], new Map());
  for (let i = 0; i < changes; i++) {
    const path = oneOf(random, places);
    chosen.set(JSON.stringify(path), below(random, 4) === 0 ? other() : oneOf(random, NASTY));
  }
  const kind = below(random, 8);
  // One of the parts that are only passed through: left out, named twice, renamed.
  const edited = kind < 3 ? JSON.stringify(oneOf(random, places)) : '';
  const edit: Record<number, Edit> = {
    0: () => '',
    1: (key, text) => `${key}:${text},${key}:${oneOf(random, [text, ...NASTY])}`,
    2: (_, text) => `${oneOf(random, ['"__proto__"', '"x"', '""', '"\\u001b"', '"__metadata__"'])}:${text}`,
  };
  return write(value, [], kind < 3 ? new Map() : chosen, (path, key, text) =>
    JSON.stringify(path) === edited ? edit[kind](key, text) : `${key}:${text}`,
  );
}

type Edit = (key: string, text: string) => string;

function write(
  value: unknown,
  path: string[],
  replaced: Map<string, string>,
  entry: (path: string[], key: string, text: string) => string = (_, key, text) => `${key}:${text}`,
): string {
  const given = replaced.get(JSON.stringify(path));
  if (given !== undefined) return given;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((part, i) => write(part, [...path, String(i)], replaced, entry)).join(',')}]`;
  }
  const entries = Object.entries(value).map(([key, part]) => {
    const inner = [...path, key];
    return entry(inner, JSON.stringify(key), write(part, inner, replaced, entry));
  });
  return `{${entries.filter((text) => text !== '').join(',')}}`;
}

function partAt(value: unknown, path: string[]): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}
