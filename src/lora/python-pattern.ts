/**
 * @file Regular expressions as Python's `re` understands them, for the patterns of PEFT's configs: `alpha_pattern` and
 * `rank_pattern` are matched with `re.match(r"(.*\.)?(PATTERN)$", name)`.
 *
 * JavaScript's own differ (escapes, classes, flags, `{,3}`) and can be made to backtrack for ever by a file. Here all
 * positions a pattern can reach are followed at once, so that a match takes time linear in the pattern. Not supported:
 * back references, conditionals, atomic groups and possessive quantifiers.
 */

/** Positions of the text that are reached: one flag for each, the end included. */
type Positions = Uint8Array;
type Node = (text: readonly string[], from: Positions) => Positions;

const MOST_CHARACTERS = 2000;
/** Repeats in one another; each doubles the work. */
const MOST_NESTED_REPEATS = 8;

/** Why a pattern is none; its message completes "…: ". */
export class PatternError extends Error {}

/**
 * Compiles one of PEFT's patterns.
 * @returns whether a linear's name matches
 * @throws PatternError where Python's `re` would raise, and for what is not supported
 */
export function peftPattern(pattern: string): (name: string) => boolean {
  if (pattern.length > MOST_CHARACTERS) throw new PatternError(`longer than ${MOST_CHARACTERS} characters`);
  const node = new Parser(`(.*\\.)?(${pattern})$`).whole();
  return (name) => {
    const text = Array.from(name);
    const start = new Uint8Array(text.length + 1);
    start[0] = 1;
    return node(text, start).includes(1);
  };
}

const any = (positions: Positions) => positions.includes(1);
const same = (a: Positions, b: Positions) => a.every((flag, i) => flag === b[i]);

const sequence =
  (nodes: readonly Node[]): Node =>
  (text, from) =>
    nodes.reduce((at, node) => node(text, at), from);

const either =
  (nodes: readonly Node[]): Node =>
  (text, from) => {
    const [first, ...rest] = nodes.map((node) => node(text, from));
    for (const more of rest) for (let i = 0; i < first.length; i++) first[i] |= more[i];
    return first.slice();
  };

/** Positions where a condition holds; nothing is read. */
const where =
  (holds: (text: readonly string[], at: number) => boolean): Node =>
  (text, from) =>
    from.map((flag, at) => (flag && holds(text, at) ? 1 : 0));

const character =
  (matches: (c: string) => boolean): Node =>
  (text, from) => {
    const to = new Uint8Array(from.length);
    for (let at = 0; at < text.length; at++) if (from[at] && matches(text[at])) to[at + 1] = 1;
    return to;
  };

function repeat(node: Node, least: number, most: number): Node {
  return (text, from) => {
    let at = from;
    // Whatever can still change does so within one round for each position.
    for (let i = 0; i < Math.min(least, text.length + 2); i++) {
      const next = node(text, at);
      if (same(next, at)) break;
      at = next;
    }
    const reached = at.slice();
    for (let i = least; i < most && any(at); i++) {
      at = node(text, at).map((flag, position) => (flag && !reached[position] ? 1 : 0));
      at.forEach((flag, position) => {
        if (flag) reached[position] = 1;
      });
    }
    return reached;
  };
}

/** What was parsed: how it matches, how long a match is (undefined where that varies), and how deep repeats nest. */
interface Piece {
  node: Node;
  width: number | undefined;
  repeats: number;
  /** An anchor, which cannot be repeated. */
  anchor?: true;
}

const isWord = (c: string | undefined) => c !== undefined && /[\p{L}\p{N}_]/u.test(c);
const CLASSES: Record<string, (c: string) => boolean> = {
  d: (c) => /\p{Nd}/u.test(c),
  s: (c) => /\s/u.test(c),
  w: isWord,
};
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };

class Parser {
  #at = 0;
  readonly #names = new Set<string>();
  readonly #text: readonly string[];

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  whole(): Node {
    const { node } = this.#alternatives(false);
    if (this.#at < this.#text.length) throw new PatternError('unbalanced parenthesis');
    return node;
  }

  #alternatives(ignoreCase: boolean): Piece {
    const branches = [this.#branch(ignoreCase)];
    while (this.#take('|')) branches.push(this.#branch(ignoreCase));
    if (branches.length === 1) return branches[0];
    const [{ width }] = branches;
    return {
      node: either(branches.map(({ node }) => node)),
      width: branches.every((branch) => branch.width === width) ? width : undefined,
      repeats: Math.max(...branches.map(({ repeats }) => repeats)),
    };
  }

  #branch(ignoreCase: boolean): Piece {
    const pieces: Piece[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '|' || next === ')') break;
      const quantifier = this.#quantifier();
      if (quantifier) {
        const last = pieces.pop();
        if (!last || last.anchor) throw new PatternError('nothing to repeat');
        pieces.push(this.#repeated(last, quantifier));
      } else {
        const piece = this.#atom(ignoreCase);
        if (piece) pieces.push(piece);
      }
    }
    return {
      node: sequence(pieces.map(({ node }) => node)),
      width: pieces.reduce<number | undefined>((sum, { width }) => add(sum, width), 0),
      repeats: Math.max(0, ...pieces.map(({ repeats }) => repeats)),
    };
  }

  #repeated(piece: Piece, [least, most]: [number, number]): Piece {
    if (this.#text[this.#at] === '+') throw new PatternError('possessive quantifiers are not supported');
    this.#take('?');
    if (this.#quantifier()) throw new PatternError('multiple repeat');
    const repeats = piece.repeats + 1;
    if (repeats > MOST_NESTED_REPEATS)
      throw new PatternError(`more than ${MOST_NESTED_REPEATS} repeats in one another`);
    const width = piece.width === undefined || least !== most ? undefined : piece.width * least;
    return { node: repeat(piece.node, least, most), width, repeats };
  }

  /** `*`, `+`, `?`, `{2}`, `{,3}`; a brace of any other form is a character. */
  #quantifier(): [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const braces = /^\{(\d*)(?:(,)(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 50).join(''));
    if (!braces || braces[0] === '{}') return undefined;
    const [all, least, comma, most] = braces;
    this.#at += all.length;
    const from = Number(least || 0);
    const to = comma ? Number(most || Number.POSITIVE_INFINITY) : from;
    if (to < from) throw new PatternError('min repeat greater than max repeat');
    return [from, to];
  }

  #atom(ignoreCase: boolean): Piece | undefined {
    const c = this.#text[this.#at++];
    if (c === '^') return { ...condition((_, at) => at === 0), anchor: true };
    if (c === '$') {
      const atEnd = (text: readonly string[], at: number) =>
        at === text.length || (at === text.length - 1 && text[at] === '\n');
      return { ...condition(atEnd), anchor: true };
    }
    if (c === '.') return one((found) => found !== '\n');
    if (c === '[') return this.#set(ignoreCase);
    if (c === '(') return this.#group(ignoreCase);
    if (c === '\\') return this.#escape(ignoreCase);
    return literal(c, ignoreCase);
  }

  #group(ignoreCase: boolean): Piece | undefined {
    if (!this.#take('?')) {
      return this.#closed(this.#alternatives(ignoreCase));
    }
    if (this.#take(':')) return this.#closed(this.#alternatives(ignoreCase));
    if (this.#take('#')) {
      const end = this.#text.indexOf(')', this.#at);
      if (end < 0) throw new PatternError('missing ), unterminated comment');
      this.#at = end + 1;
      return undefined;
    }
    if (this.#take('P')) {
      if (this.#take('=')) throw new PatternError('back references are not supported');
      if (!this.#take('<')) throw new PatternError('unknown extension ?P');
      this.#name();
      return this.#closed(this.#alternatives(ignoreCase));
    }
    if (this.#take('=')) return this.#ahead(ignoreCase, true);
    if (this.#take('!')) return this.#ahead(ignoreCase, false);
    if (this.#take('<')) {
      if (this.#take('=')) return this.#behind(ignoreCase, true);
      if (this.#take('!')) return this.#behind(ignoreCase, false);
      throw new PatternError('unknown extension ?<');
    }
    if (this.#text[this.#at] === '>' || this.#text[this.#at] === '(') {
      throw new PatternError('atomic groups and conditionals are not supported');
    }
    return this.#closed(this.#alternatives(this.#flags(ignoreCase)));
  }

  /** `i:`, `-i:`, `sm:` after `(?`; flags for the whole pattern may stand at its start only, where PEFT's prefix is. */
  #flags(ignoreCase: boolean): boolean {
    const flags = /^([aiLmsux]*)(?:-([imsx]+))?([:)]?)/.exec(this.#text.slice(this.#at, this.#at + 20).join(''))!;
    const [all, on, off = '', end] = flags;
    if (end === ')' && all !== ')') throw new PatternError('global flags not at the start of the expression');
    if (end !== ':' || on + off === '') throw new PatternError('unknown extension or flag after "(?"');
    if (Array.from(off).some((flag) => on.includes(flag))) throw new PatternError('flag turned on and off');
    if (/[Lx]/.test(on)) throw new PatternError('the flags L and x are not supported');
    this.#at += all.length;
    return off.includes('i') ? false : ignoreCase || on.includes('i');
  }

  #name(): void {
    const end = this.#text.indexOf('>', this.#at);
    const name = this.#text.slice(this.#at, Math.max(end, this.#at)).join('');
    if (end < 0 || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw new PatternError('bad character in group name');
    if (this.#names.has(name)) throw new PatternError('redefinition of group name');
    this.#names.add(name);
    this.#at = end + 1;
  }

  #closed(piece: Piece): Piece {
    if (!this.#take(')')) throw new PatternError('missing ), unterminated subpattern');
    return { node: piece.node, width: piece.width, repeats: piece.repeats };
  }

  #ahead(ignoreCase: boolean, wanted: boolean): Piece {
    const { node, repeats } = this.#closed(this.#alternatives(ignoreCase));
    return { ...condition((text, at) => any(node(text, only(at, text.length))) === wanted), repeats };
  }

  #behind(ignoreCase: boolean, wanted: boolean): Piece {
    const { node, width, repeats } = this.#closed(this.#alternatives(ignoreCase));
    if (width === undefined) throw new PatternError('look-behind requires fixed-width pattern');
    const found = (text: readonly string[], at: number) =>
      at >= width && node(text, only(at - width, text.length))[at] === 1;
    return { ...condition((text, at) => found(text, at) === wanted), repeats };
  }

  #escape(ignoreCase: boolean): Piece {
    const c = this.#text[this.#at];
    if (c === 'A' || c === 'Z' || c === 'b' || c === 'B') {
      this.#at++;
      if (c === 'A') return { ...condition((_, at) => at === 0), anchor: true };
      if (c === 'Z') return { ...condition((text, at) => at === text.length), anchor: true };
      const boundary = (text: readonly string[], at: number) => isWord(text[at - 1]) !== isWord(text[at]);
      return { ...condition((text, at) => boundary(text, at) === (c === 'b')), anchor: true };
    }
    const isOctal = /^[0-3][0-7][0-7]/.test(this.#text.slice(this.#at, this.#at + 3).join(''));
    if (c !== undefined && /[1-9]/.test(c) && !isOctal) throw new PatternError('back references are not supported');
    const found = this.#escaped();
    return typeof found === 'string' ? literal(found, ignoreCase) : one(found);
  }

  /** After a backslash, in a set too: a class, or one character. */
  #escaped(): string | ((c: string) => boolean) {
    const c = this.#text[this.#at++];
    if (c === undefined) throw new PatternError('bad escape (end of pattern)');
    const matches = CLASSES[c.toLowerCase()];
    if (matches) return c === c.toLowerCase() ? matches : (found) => !matches(found);
    if (ESCAPES[c]) return ESCAPES[c];
    const digits: number | undefined = { x: 2, u: 4, U: 8 }[c];
    if (digits) {
      const hex = this.#text.slice(this.#at, this.#at + digits).join('');
      const code = Number.parseInt(hex, 16);
      if (!new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(hex) || code > 0x10ffff) {
        throw new PatternError(`incomplete escape \\${c}`);
      }
      this.#at += digits;
      return String.fromCodePoint(code);
    }
    if (/[0-7]/.test(c)) {
      const octal = /^[0-7]{1,3}/.exec(c + this.#text.slice(this.#at, this.#at + 2).join(''))![0];
      this.#at += octal.length - 1;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (c === 'N') throw new PatternError('named characters are not supported');
    if (/[a-zA-Z0-9]/.test(c)) throw new PatternError(`bad escape \\${c}`);
    return c;
  }

  #set(ignoreCase: boolean): Piece {
    const negated = this.#take('^');
    const tests: ((c: string) => boolean)[] = [];
    const item = (): string | ((c: string) => boolean) => {
      const c = this.#text[this.#at++];
      if (c === undefined) throw new PatternError('unterminated character set');
      if (c !== '\\') return c;
      if (!this.#take('b')) return this.#escaped();
      return '\b';
    };
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      const from = item();
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      if (!isRange) {
        tests.push(typeof from === 'string' ? (c) => c === from : from);
        continue;
      }
      this.#at++;
      const to = item();
      if (typeof from !== 'string' || typeof to !== 'string' || from.codePointAt(0)! > to.codePointAt(0)!) {
        throw new PatternError('bad character range');
      }
      tests.push((c) => c.codePointAt(0)! >= from.codePointAt(0)! && c.codePointAt(0)! <= to.codePointAt(0)!);
    }
    this.#at++;
    const inSet = (c: string) => tests.some((test) => test(c));
    const matches = ignoreCase ? (c: string) => inSet(c.toLowerCase()) || inSet(c.toUpperCase()) : inSet;
    return one((c) => matches(c) !== negated);
  }

  #take(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }
}

function one(matches: (c: string) => boolean): Piece {
  return { node: character(matches), width: 1, repeats: 0 };
}

function literal(c: string, ignoreCase: boolean): Piece {
  return one(ignoreCase ? (found) => found.toLowerCase() === c.toLowerCase() : (found) => found === c);
}

function condition(holds: (text: readonly string[], at: number) => boolean): Piece {
  return { node: where(holds), width: 0, repeats: 0 };
}

function only(at: number, length: number): Positions {
  const positions = new Uint8Array(length + 1);
  positions[at] = 1;
  return positions;
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
