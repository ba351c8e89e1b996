/**
 * @file Which values lie in another one's memory: runs of a larger tensor are read where they are, and parts of a joined
 * one are written where they belong, without a copy.
 */
import { extraOp, type Value } from '../graph/graph';
import { isComputed } from '../ops/kernel';

/** A value's memory: that of `base`, from `offset` bytes on. */
export interface Home {
  base: Value;
  offset: number;
}

/** Offsets at which a buffer can be bound are multiples of this on every device. */
const ALIGNMENT = 256;

/** Whether so many bytes from the begin of a buffer something can be bound. */
export const isAligned = (bytes: number): boolean => bytes % ALIGNMENT === 0;

/**
 * The home of every node. A value that is its own base has memory of its own.
 *
 * In one dispatch a buffer may be read in several places, or written in one; it may not be both. So a part moves into
 * the joined tensor only where nothing that writes there reads there.
 * @param nodes inputs before readers
 * @param outputs have memory of their own
 */
export function locate(nodes: readonly Value[], outputs: readonly Value[]): (v: Value) => Home {
  const homes = new Map<Value, Home>();
  const home = (v: Value) => homes.get(v)!;
  const extras = new Map<Value, Map<string, Value>>();
  const fixed = new Set<Value>();
  for (const output of outputs) for (let v: Value | null = output; v; v = renamed(v)) fixed.add(v);
  for (const node of nodes) homes.set(node, viewed(node) ?? { base: node, offset: 0 });

  // The outermost join first: what is joined in it moves along.
  for (const node of [...nodes].reverse()) {
    for (const [i, start] of (node.op.runs?.(node) ?? []).entries()) moveInto(node, i, start);
  }
  return home;

  /** The home of a node that is other values' memory. */
  function viewed(node: Value): Home | null {
    if (node.op === extraOp) {
      // Declared twice, it is the same.
      const [of] = node.inputs;
      const known = extras.get(of) ?? new Map<string, Value>();
      extras.set(of, known);
      const first = known.get(node.attrs.name);
      known.set(node.attrs.name, first ?? node);
      return first ? home(first) : null;
    }
    const start = node.op.view?.(node) ?? null;
    if (start === null) return null;
    const [x] = node.inputs;
    const { base, offset } = home(x);
    if (renamed(node)) return { base, offset };
    const at = offset + 4 * start;
    return isComputed(node) && (fixed.has(node) || node.dtype !== 'f32' || !isAligned(at))
      ? null
      : { base, offset: at };
  }

  function moveInto(joined: Value, i: number, start: number): void {
    const part = home(joined.inputs[i]);
    const { base } = part;
    const to = { base: home(joined).base, offset: home(joined).offset + 4 * start };
    const whole = part.offset === 0 && base.size === joined.inputs[i].size;
    if (!whole || !isComputed(base) || fixed.has(base) || home(base).base !== base || !isAligned(to.offset)) return;
    const before = new Map(homes);
    for (const [v, h] of before) if (h.base === base) homes.set(v, { base: to.base, offset: to.offset + h.offset });
    const conflict = nodes.some(
      (writer) => home(writer).base === to.base && isWritten(writer) && reads(writer, to.base),
    );
    if (conflict) for (const [v, h] of before) homes.set(v, h);
  }

  /** Whether a kernel writes the node: it is no view. */
  function isWritten(node: Value): boolean {
    return isComputed(node) && !isView(node, home);
  }

  function reads(node: Value, base: Value): boolean {
    return node.inputs.some((v, i) => home(v).base === base && !liesInPlace(node, i, home));
  }
}

/** The value that the node is all the numbers of, under another shape, or null. */
function renamed(node: Value): Value | null {
  const [x] = node.inputs;
  return node.op.view?.(node) === 0 && x.size === node.size ? x : null;
}

/** Whether the node is where its input's numbers are, so that no kernel runs for it. */
export function isView(node: Value, home: (v: Value) => Home): boolean {
  const start = node.op.view?.(node) ?? null;
  if (start === null) return false;
  const [a, b] = [home(node), home(node.inputs[0])];
  return a.base === b.base && a.offset === b.offset + 4 * start;
}

/** Whether input i is made where the node holds it. */
export function liesInPlace(node: Value, i: number, home: (v: Value) => Home): boolean {
  const starts = node.op.runs?.(node) ?? null;
  if (!starts) return false;
  const [a, b] = [home(node), home(node.inputs[i])];
  return a.base === b.base && b.offset === a.offset + 4 * starts[i];
}
