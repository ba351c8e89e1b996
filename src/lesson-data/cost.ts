/**
 * @file What differentiating through the last K steps of a rollout costs, counted from the graph of the model: bytes of
 * intermediates that must be alive at once where each is kept, and arithmetic. Weights are left out, as every method needs
 * them.
 */
import { latents, type Model, picture, velocity } from '../align/model';
import { gradients } from '../compiler/differentiate';
import { fuse } from '../compiler/fuse';
import { locate } from '../compiler/locate';
import { planMemory } from '../compiler/memory-plan';
import { schedule } from '../compiler/schedule';
import { extraOp, input, parameterOp, reachable, type Value } from '../graph/graph';
import { intern } from '../graph/leaves';
import type { LoraLayout } from '../lora/layout';
import { isComputed } from '../ops/kernel';
import { rowCombine } from '../ops/row-combine';
import type { RewardMixture } from '../rewards/mixture';

export interface Cost {
  /** Bytes of intermediates alive at once, at most. */
  bytes: number;
  /** Floating-point operations of an update of one picture, its rollout of `steps` steps among them. */
  flops: number;
}

/** Floating-point operations of one call of the transformer without a gradient. */
export const flopsOfCall = (model: Model, lora: LoraLayout): number => count([velocity(model, lora, 1)]).flops;

/** What an update costs whose reward sees the end of `calls` chained transformer calls, all of them differentiated. */
export function costOfChain(
  { model, lora, rewards }: { model: Model; lora: LoraLayout; rewards: RewardMixture },
  calls: number,
  steps: number,
): Cost {
  let x = latents(model, 1, 'x');
  for (let i = 0; i < calls; i++) {
    const v = velocity(model, lora, 1, x, `${i}.`);
    x = rowCombine(input(`delta.${i}`, [1, 2]), [x, v]);
  }
  const { reward } = rewards.trace(picture(model, x));
  const factors = reachable([reward]).filter(({ op }) => op === parameterOp);
  const one = [...new Map(factors.map((factor) => [factor.attrs.name as string, factor])).values()];
  const backward = count(gradients(reward, input('seed', reward.shape), one));
  return { bytes: backward.bytes, flops: backward.flops + steps * flopsOfCall(model, lora) };
}

function count(outputs: readonly Value[]): Cost {
  const roots = fuse(intern(outputs));
  const nodes = schedule(roots);
  const home = locate(nodes, roots);
  const computed = nodes.filter(isComputed);
  const extras = nodes.filter(({ op }) => op === extraOp);
  const lives = new Map<Value, { bytes: number; from: number; to: number }>();
  const touch = (base: Value, at: number, writes: boolean) => {
    const life = lives.get(base);
    if (life) life.to = at;
    else if (writes) lives.set(base, { bytes: base.bytes, from: at, to: at });
  };
  computed.forEach((node, at) => {
    for (const read of node.inputs) touch(home(read).base, at, false);
    for (const written of [node, ...extras.filter(({ inputs }) => inputs[0] === node)])
      touch(home(written).base, at, true);
  });
  return {
    bytes: planMemory([...lives.values()]).lowerBound,
    flops: computed.reduce((sum, node) => sum + (node.op.flops?.(node) ?? 0), 0),
  };
}
