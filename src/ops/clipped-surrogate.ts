/**
 * @file The clipped surrogate of PPO and GRPO (arXiv 1707.06347, eq. 7, as a loss): max(−A·ρ, −A·clip(ρ, 1 ± clip)) with
 * ρ = exp(logp − old). No gradient for the old log-probability and the advantage.
 */
import { sameShape, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

interface Clip {
  clip: number;
}

/** `old` of a row whose log-probability is the rollout's own, as in the first pass over it: ρ is 1 exactly. */
export const UNMOVED = 2 ** 127;

const ratioOf = (logp: number, old: number) => (old === UNMOVED ? 1 : Math.exp(logp - old));
const clamp = (v: number, clip: number) => Math.min(1 + clip, Math.max(1 - clip, v));

const surrogateOp: KernelOp<Clip> = {
  name: 'clipped-surrogate',
  reference: ({ attrs: { clip } }, [logp, old, advantage]) =>
    logp.map((v, i) => {
      const ratio = ratioOf(v, old[i]);
      return Math.max(-advantage[i] * ratio, -advantage[i] * clamp(ratio, clip));
    }),
  gradient: ({ inputs: [logp, old, advantage], attrs }, dy) => [
    new Value(backwardOp, [logp, old, advantage, dy], attrs, logp.shape),
    null,
    null,
  ],
  flops: (node) => 6 * node.size,
  kernels: (node) => {
    const [logp, old, advantage] = node.inputs;
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'clipped-surrogate/forward',
            buffers: { logp, old, advantage, out: node },
            params: { size: node.size, clip: node.attrs.clip, unmoved: UNMOVED },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

const backwardOp: KernelOp<Clip> = {
  name: 'clipped-surrogate-backward',
  reference: ({ attrs: { clip } }, [logp, old, advantage, dy]) =>
    logp.map((v, i) => {
      const ratio = ratioOf(v, old[i]);
      const a = advantage[i];
      return -a * clamp(ratio, clip) > -a * ratio ? 0 : -a * ratio * dy[i];
    }),
  flops: (node) => 6 * node.size,
  kernels: (node) => {
    const [logp, old, advantage, dy] = node.inputs;
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'clipped-surrogate/backward',
            buffers: { logp, old, advantage, dy, d_logp: node },
            params: { size: node.size, clip: node.attrs.clip, unmoved: UNMOVED },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

/**
 * The loss of each row [R] from its log-probability now and at the rollout, and its advantage, each [R].
 * @param old at the rollout, or UNMOVED
 * @param clip ρ counts between 1 − clip and 1 + clip, above 0
 * @throws where the shapes differ
 */
export function clippedSurrogate(logp: Value, old: Value, advantage: Value, clip: number): Value {
  if (!sameShape(logp.shape, old.shape) || !sameShape(logp.shape, advantage.shape)) {
    throw new Error(`clipped-surrogate: [${logp.shape}], [${old.shape}] and [${advantage.shape}]`);
  }
  return new Value(surrogateOp, [logp, old, advantage], { clip }, logp.shape);
}
