/**
 * @file How strongly a LoRA's pairs count: alpha out of every place it is met, by the rules of diffusers and PEFT. The
 * update is scale·B·A, scale = alpha/rank, or alpha/√rank with rsLoRA.
 *
 * The places are `.alpha` tensors, PEFT's adapter_config.json and diffusers' `lora_adapter_metadata`; where there is none,
 * alpha is the rank. Two that disagree are an error. `ss_network_alpha` is not read, as diffusers and kohya do not.
 */
import { UserError } from '../errors';
import { shown } from '../shown';
import { firstMatch, type PeftConfig } from './peft-config';
import type { RawAlpha, RawPair } from './raw-pairs';

export interface Scale {
  alpha: number;
  scale: number;
}

/** A place that names scales, and what to call it. */
interface Source {
  what: string;
  scale(pair: RawPair): Scale | undefined;
}

/**
 * The scale of each pair.
 * @param configs with what to call each in a sentence
 * @throws UserError for a rank unlike the tensors', and for places that disagree
 */
export function scalesOf(
  pairs: readonly RawPair[],
  alphas: readonly RawAlpha[],
  configs: readonly { config: PeftConfig; what: string }[],
  name: string,
): Scale[] {
  const sources: Source[] = configs.map(({ config, what }) => ({
    what,
    scale: (pair) => byConfig(pair, config, what, name),
  }));
  if (alphas.length > 0) sources.push({ what: 'its alpha tensors', scale: byTensors(alphas) });
  return pairs.map((pair) => {
    const found = sources.flatMap(({ what, scale }) => {
      const value = scale(pair);
      return value ? [{ what, ...value }] : [];
    });
    const [first, ...others] = found;
    if (!first) return { alpha: pair.A.rows, scale: 1 };
    const other = others.find(({ scale }) => Math.abs(scale - first.scale) > 1e-6 * Math.abs(first.scale));
    if (other) {
      throw new UserError(
        `${name}: the scale of ${shown(pair.module)} is ${short(first.scale)} by ${first.what} and ${short(other.scale)} by ${other.what}, expected the same.`,
      );
    }
    return { alpha: first.alpha, scale: first.scale };
  });
}

function byConfig(pair: RawPair, config: PeftConfig, what: string, name: string): Scale {
  const rank = config.rankOf(pair.module);
  if (rank !== pair.A.rows) {
    throw new UserError(
      `${name}: ${what} has ${rank} as "r" or "rank_pattern" of ${shown(pair.module)} (8 where none is named), its tensors have rank ${pair.A.rows}.`,
    );
  }
  const alpha = config.alphaOf(pair.module);
  return { alpha, scale: alpha / (config.rsLora ? Math.sqrt(rank) : rank) };
}

/**
 * diffusers makes PEFT's config of the tensors: the first alpha counts where a linear has none of its own, and each other
 * one is a pattern. kohya's and others' count for their own linear only.
 */
function byTensors(alphas: readonly RawAlpha[]): Source['scale'] {
  const own = new Map(alphas.map(({ linears, value }) => [linears.join(), value]));
  const [first, ...others] = alphas;
  const patterns = others.filter(({ value }) => value !== first.value).map(({ module, value }) => [module, value]);
  const likeDiffusers = firstMatch(Object.fromEntries(patterns), first.value, 'alpha');
  return ({ dialect, module, linears, A }) => {
    const alpha = dialect.alpha === 'first' ? likeDiffusers(module) : own.get(linears.join());
    return alpha === undefined ? undefined : { alpha, scale: alpha / A.rows };
  };
}

const short = (value: number) => Number(value.toPrecision(6));
