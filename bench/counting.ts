/**
 * @file A workbench that counts what a method's step asks of it.
 *
 * A transformer call is one picture's: a graph that calls the network with twice as many rows as there are pictures, as
 * SRPO's two branches do, counts as two.
 */
import type { Executable } from '../src/graph/executable';
import { reachable, type Value } from '../src/graph/graph';
import type { Bench } from '../src/methods/bench';

/** Transformer calls a picture: those without a gradient, and those the loss is differentiated through. */
export interface Calls {
  plain: number;
  gradient: number;
}

/**
 * The same bench, its calls added to `calls` as they run.
 * @param guidedStep calls of a guided step of the rollout: 2 where the model embeds no guidance
 */
export function counting(bench: Bench, calls: Calls, guidedStep = 1): Bench {
  const velocities = new Map<Value, number>();
  const inside = (values: Value[]) =>
    reachable(values).reduce((sum, value) => sum + (velocities.get(value) ?? 0), 0) / bench.pictures;
  const counted = (program: Executable, each: Calls): Executable => ({
    has: (name) => program.has(name),
    write: (name, data) => program.write(name, data),
    read: (name) => program.read(name),
    destroy: () => program.destroy(),
    async runAndWait() {
      await program.runAndWait();
      calls.plain += each.plain;
      calls.gradient += each.gradient;
    },
  });
  const own: Partial<Bench> = {
    velocity(x, options) {
      const v = bench.velocity(x, options);
      velocities.set(v, x.shape[0]);
      return v;
    },
    compile: async (outputs, lora) =>
      counted(await bench.compile(outputs, lora), { plain: inside(Object.values(outputs)), gradient: 0 }),
    async compileGradient(outputs, loss, seed, wrt) {
      const gradient = inside([loss]);
      const plain = inside([...Object.values(outputs), loss]) - gradient;
      return counted(await bench.compileGradient(outputs, loss, seed, wrt), { plain, gradient });
    },
    rollout: (request) =>
      bench.rollout({
        ...request,
        onStep(done, total) {
          calls.plain += request.guided === false ? 1 : guidedStep;
          request.onStep?.(done, total);
        },
      }),
  };
  return replacing(bench, own);
}

/** The bench without its rollouts after the first: every further one gives the same pictures, as a folder of them does. */
export function withoutRollouts(bench: Bench): Bench {
  let first: ReturnType<Bench['rollout']> | null = null;
  return replacing(bench, {
    rollout(request) {
      first ??= bench.rollout(request);
      return first;
    },
  });
}

function replacing(bench: Bench, own: Partial<Bench>): Bench {
  return new Proxy(bench, {
    get(target, key) {
      if (key in own) return own[key as keyof Bench];
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
