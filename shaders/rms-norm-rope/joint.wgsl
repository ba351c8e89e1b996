// rms-norm-rope/forward of two tensors joined along their positions, each with its own weight: the first `first`
// positions of out are x's, the others x_1's. Parts have each two tensors and weights of their own.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
#include "common/parts.wgsl"
struct Params {
  rows: u32, // parts·batch·positions·heads
  width: u32,
  positions: u32,
  first: u32,
  heads: u32,
  eps: f32,
  x_at_0: u32,
  x_at_1: u32,
  x_at_2: u32,
  x_at_3: u32,
  weight_at_0: u32,
  weight_at_1: u32,
  weight_at_2: u32,
  weight_at_3: u32,
  x_1_at_0: u32,
  x_1_at_1: u32,
  x_1_at_2: u32,
  x_1_at_3: u32,
  weight_1_at_0: u32,
  weight_1_at_1: u32,
  weight_1_at_2: u32,
  weight_1_at_3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read> x_1: array<vec2f>;
@group(0) @binding(4) var<storage, read> weight_1: array<u32>;
@group(0) @binding(5) var<storage, read> cosines: array<f32>;
@group(0) @binding(6) var<storage, read> sines: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<vec2f>;

fn load(is_first: bool, i: u32) -> vec2f {
  if (is_first) { return x[i]; }
  return x_1[i];
}
fn weight_of(is_first: bool, i: u32) -> f32 {
  if (is_first) { return unpack_weight(weight[weight_word(i)], i); }
  return unpack_weight(weight_1[weight_word(i)], i);
}
fn start_of(is_first: bool, part: u32) -> u32 {
  if (is_first) { return of_part(part, vec4(params.x_at_0, params.x_at_1, params.x_at_2, params.x_at_3)); }
  return of_part(part, vec4(params.x_1_at_0, params.x_1_at_1, params.x_1_at_2, params.x_1_at_3));
}
fn weights_of(is_first: bool, part: u32) -> u32 {
  if (is_first) {
    return of_part(part, vec4(params.weight_at_0, params.weight_at_1, params.weight_at_2, params.weight_at_3));
  }
  return of_part(part, vec4(params.weight_1_at_0, params.weight_1_at_1, params.weight_1_at_2, params.weight_1_at_3));
}

fn compute_row(row: u32, lane: u32) {
  let half = params.width / 2u;
  let head = row % params.heads;
  let position = row / params.heads % params.positions;
  let samples = params.rows / (params.heads * params.positions) / PARTS;
  let part = row / (params.heads * params.positions) / samples;
  let sample = row / (params.heads * params.positions) % samples;
  let is_first = position < params.first;
  let length = select(params.positions - params.first, params.first, is_first);
  let at = select(position - params.first, position, is_first);
  let start = start_of(is_first, part) / 2u + ((sample * length + at) * params.heads + head) * half;
  let weights = weights_of(is_first, part);
  let angles = position * half;
  var squares = 0.0;
  for (var i = lane; i < half; i += LANES) {
    let pair = load(is_first, start + i);
    squares += dot(pair, pair);
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  for (var i = lane; i < half; i += LANES) {
    let w = vec2f(weight_of(is_first, weights + 2u * i), weight_of(is_first, weights + 2u * i + 1u));
    let n = load(is_first, start + i) * inverse * w;
    let c = cosines[angles + i];
    let s = sines[angles + i];
    out[row * half + i] = vec2f(n.x * c - n.y * s, n.y * c + n.x * s);
  }
}
