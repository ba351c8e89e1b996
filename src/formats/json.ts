/**
 * @file The one reader of JSON, for run files, bundles, configs, headers, recordings.
 *
 * Strict where `JSON.parse` is not: the bytes are UTF-8, no object names a key twice (another reader would take the
 * other value), nothing nests deeper than 100 levels, every number is one that a double can hold. A linear scan checks
 * all of it and the grammar, with the position of what is wrong; then the engine's own parser builds the value.
 */
import { UserError } from '../errors';
import { quoted, shown } from '../shown';
import { decodeUtf8 } from './utf8';

/** Levels of lists and objects in one another; the deepest file of the formats read here has about ten. */
const MAX_DEPTH = 100;

/** Characters of a number; a double needs 25. */
const MAX_NUMBER = 1000;

/**
 * The value of a JSON file.
 *
 * @param input its bytes, or its text
 * @param name what to call it in a sentence: `run.json`
 * @throws UserError for text that is no UTF-8 or no JSON, a key named twice, nesting beyond 100 levels, and a number
 *   that no double can hold
 */
export function parseJson(input: Uint8Array | string, name: string): unknown {
  const text = typeof input === 'string' ? input.replace(/^\uFEFF/, '') : decodeUtf8(input, name);
  new Scan(text, name).run();
  return JSON.parse(text);
}

/** As `parseJson`, for a file that holds an object. */
export function parseJsonObject(input: Uint8Array | string, name: string): Record<string, unknown> {
  const value = parseJson(input, name);
  if (!isRecord(value)) throw new UserError(`${name} is not a JSON object.`);
  return value;
}

/** Whether a JSON value is an object: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list or object that the scan is in. */
interface Frame {
  /** Names so far; undefined in a list. */
  keys?: Set<string>;
  /** The key, or the place in the list, of the value that is being read. */
  at: string | number;
}

class Scan {
  #at = 0;
  #stack: Frame[] = [];

  constructor(
    private readonly text: string,
    private readonly name: string,
  ) {}

  run(): void {
    for (;;) {
      if (this.#beginValue()) continue;
      // A value is complete: close what ends here.
      for (;;) {
        const frame = this.#stack.at(-1);
        const next = this.#next();
        if (!frame) {
          if (next === '') return;
          throw this.#wrong('the end of the file');
        }
        if (next === ',') {
          this.#at++;
          if (frame.keys) this.#key(frame, frame.keys);
          else frame.at = (frame.at as number) + 1;
          break;
        }
        if (next !== (frame.keys ? '}' : ']')) throw this.#wrong(frame.keys ? '"," or "}"' : '"," or "]"');
        this.#at++;
        this.#stack.pop();
      }
    }
  }

  /** Reads a value without parts, or steps into a list or object; true where a value inside it comes next. */
  #beginValue(): boolean {
    const first = this.#next();
    if (first === '{' || first === '[') {
      if (this.#stack.length === MAX_DEPTH) {
        throw new UserError(`${this.name} nests lists and objects deeper than ${MAX_DEPTH} levels.`);
      }
      this.#at++;
      const frame: Frame = first === '{' ? { keys: new Set(), at: '' } : { at: 0 };
      if (this.#next() === (first === '{' ? '}' : ']')) {
        this.#at++;
        return false;
      }
      this.#stack.push(frame);
      if (frame.keys) this.#key(frame, frame.keys);
      return true;
    }
    if (first === '"') this.#string();
    else if (first === '-' || (first >= '0' && first <= '9')) this.#number();
    else {
      const word = ['true', 'false', 'null'].find((literal) => this.text.startsWith(literal, this.#at));
      if (!word) throw this.#wrong('a value');
      this.#at += word.length;
    }
    return false;
  }

  /** `"name":` of an object. */
  #key(frame: Frame, keys: Set<string>): void {
    if (this.#next() !== '"') throw this.#wrong('a name in quotation marks');
    const key = this.#string();
    frame.at = key;
    if (keys.has(key)) throw new UserError(`${this.name} names ${quoted(this.#path())} twice.`);
    keys.add(key);
    if (this.#next() !== ':') throw this.#wrong('":"');
    this.#at++;
  }

  #string(): string {
    const { text } = this;
    const begin = this.#at;
    let escaped = false;
    for (let at = begin + 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return escaped ? JSON.parse(text.slice(begin, at + 1)) : text.slice(begin + 1, at);
      }
      if (code === 0x5c) {
        escaped = true;
        const sequence = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
        sequence.lastIndex = at + 1;
        if (!sequence.test(text)) {
          this.#at = at + 1;
          throw this.#wrong('an escape such as \\n or \\u00e9');
        }
        at = sequence.lastIndex - 1;
      } else if (!(code >= 0x20)) {
        this.#at = at;
        throw this.#wrong('the quotation mark that ends the text');
      }
    }
  }

  #number(): void {
    const begin = this.#at;
    let end = begin;
    while (end < this.text.length && '+-.0123456789eE'.includes(this.text[end])) end++;
    const number = this.text.slice(begin, Math.min(end, begin + MAX_NUMBER + 1));
    if (number.length > MAX_NUMBER || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(number)) {
      throw this.#wrong('a number', shown(number, 40));
    }
    if (!Number.isFinite(Number(number))) {
      const key = this.#stack.length > 0 ? `: ${quoted(this.#path())} is` : ' holds';
      throw new UserError(`${this.name}${key} ${shown(number, 40)}, which is too large for a number.`);
    }
    this.#at = end;
  }

  /** The next character that is no white space; empty at the end. */
  #next(): string {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return this.text.charAt(this.#at);
      this.#at++;
    }
  }

  /** Keys down to the value that is being read: `lora.rank`. */
  #path(): string {
    return this.#stack.map(({ at }) => at).join('.');
  }

  #wrong(expected: string, found = this.text[this.#at]): UserError {
    const before = this.text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    const place = found === undefined ? 'it ends' : `it has ${shown(found)}`;
    return new UserError(
      `${this.name} is not valid JSON: in line ${line}, column ${column} ${place}, expected ${expected}.`,
    );
  }
}
