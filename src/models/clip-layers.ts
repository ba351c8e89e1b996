/**
 * @file What both towers of CLIP are made of: layers of attention and MLP with their norms before them.
 */
import { type Value, within } from '../graph/graph';
import { activation } from '../ops/activation';
import type { ActivationKind } from '../ops/activation-kinds';
import { layerNorm } from '../ops/layer-norm';
import { reshape } from '../ops/reshape';
import type { ClipVisionConfig } from './configs';
import { Linears } from './linear';
import type { WeightScope } from './weights';

const ACTIVATIONS: Record<ClipVisionConfig['hidden_act'], ActivationKind> = {
  gelu: 'gelu',
  quick_gelu: 'quick_gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
};

export type LayersConfig = Pick<
  ClipVisionConfig,
  'hidden_size' | 'intermediate_size' | 'num_hidden_layers' | 'num_attention_heads' | 'hidden_act' | 'layer_norm_eps'
>;

/** A norm of the model over rows of `hidden_size`. */
export function clipNorm({ hidden_size, layer_norm_eps }: LayersConfig, weights: WeightScope, name: string, x: Value) {
  return layerNorm(x, layer_norm_eps, {
    weight: weights.value(`${name}.weight`, [hidden_size]),
    bias: weights.value(`${name}.bias`, [hidden_size]),
  });
}

/**
 * @param tower 'vision_model' or 'text_model'
 * @param x [B, T, hidden_size]  @returns the same
 * @param attend of q, k and v [B, T, H, D] to [B, T, H·D]
 */
export function clipLayers(
  config: LayersConfig,
  weights: WeightScope,
  tower: string,
  x: Value,
  attend: (q: Value, k: Value, v: Value) => Value,
): Value {
  const { hidden_size: dim, num_attention_heads: heads } = config;
  const linears = new Linears(weights);
  let h = x;
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const name = `${tower}.encoder.layers.${i}`;
    h = within(`${weights.model}/${name}`, () => layer(name, h));
  }
  return h;

  function layer(name: string, h: Value): Value {
    const inner = clipNorm(config, weights, `${name}.layer_norm1`, h);
    const projections = ['q', 'k', 'v'].map((part) => [`${name}.self_attn.${part}_proj`, inner] as const);
    const [q, k, v] = linears
      .alike(projections, dim)
      .map((x) => reshape(x, [...h.shape.slice(0, 2), heads, dim / heads]));
    const attended = attend(q, k, v);
    const y = linears.apply(`${name}.self_attn.out_proj`, attended, dim, { residual: h });
    const wide = linears.apply(
      `${name}.mlp.fc1`,
      clipNorm(config, weights, `${name}.layer_norm2`, y),
      config.intermediate_size,
    );
    return linears.apply(`${name}.mlp.fc2`, activation(wide, ACTIVATIONS[config.hidden_act]), dim, { residual: y });
  }
}
