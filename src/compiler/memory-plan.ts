/**
 * @file The memory plan: which intermediate lives in which buffer.
 *
 * Every intermediate is needed from the step that writes it to the last step that reads it. Two whose
 * lifetimes do not overlap may share a buffer. Greedy by size (largest first), which is within a few
 * per cent of the best for these graphs. Buffers are separate WebGPU buffers, not ranges of one:
 * WebGPU forbids reading and writing the same buffer in one dispatch.
 */
export interface Lifetime {
  bytes: number;
  /** Index of the step that writes it. */
  from: number;
  /** Index of the last step that reads it, inclusive. */
  to: number;
}

interface MemoryPlan {
  /** Size of each buffer. */
  slots: number[];
  /** Slot of each lifetime, in the order given. */
  slotOf: number[];
  /** Sum of the slots. */
  bytes: number;
  /** Most bytes alive at once: no plan can use less. */
  lowerBound: number;
}

export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const slots: { bytes: number; taken: Lifetime[] }[] = [];
  const slotOf = new Array<number>(lifetimes.length);
  const bySize = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  for (const i of bySize) {
    const life = lifetimes[i];
    let best = -1;
    slots.forEach((slot, s) => {
      const free = slot.taken.every((t) => t.to < life.from || life.to < t.from);
      if (free && (best < 0 || slot.bytes < slots[best].bytes)) best = s;
    });
    if (best < 0) best = slots.push({ bytes: life.bytes, taken: [] }) - 1;
    slots[best].taken.push(life);
    slotOf[i] = best;
  }
  const changes = new Map<number, number>();
  for (const l of lifetimes) {
    changes.set(l.from, (changes.get(l.from) ?? 0) + l.bytes);
    changes.set(l.to + 1, (changes.get(l.to + 1) ?? 0) - l.bytes);
  }
  let alive = 0;
  let lowerBound = 0;
  for (const [, change] of [...changes].sort((a, b) => a[0] - b[0])) {
    alive += change;
    lowerBound = Math.max(lowerBound, alive);
  }
  return { slots: slots.map((s) => s.bytes), slotOf, bytes: slots.reduce((a, s) => a + s.bytes, 0), lowerBound };
}
