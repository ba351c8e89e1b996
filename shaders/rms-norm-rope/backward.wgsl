// dx of rms-norm-rope: dy, whose rows are those of `positions` positions of which x has `own` from `first` on, is rotated
// back (rope/forward), then goes through the norm (rms-norm/backward).
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
struct Params {
  rows: u32, // batch·own·heads
  width: u32,
  positions: u32,
  own: u32,
  first: u32,
  heads: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> dy: array<vec2f>;
@group(0) @binding(3) var<storage, read> weight: array<u32>;
@group(0) @binding(4) var<storage, read> cosines: array<f32>;
@group(0) @binding(5) var<storage, read> sines: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<vec2f>;

// The gradient of pair i of the normalised row, by the weight.
fn weighted(i: u32, start: u32, angles: u32) -> vec2f {
  let w = vec2f(
    unpack_weight(weight[weight_word(2u * i)], 2u * i),
    unpack_weight(weight[weight_word(2u * i + 1u)], 2u * i + 1u),
  );
  let d = dy[start + i];
  let c = cosines[angles + i];
  let s = sines[angles + i];
  return w * vec2f(d.x * c + d.y * s, d.y * c - d.x * s);
}

fn compute_row(row: u32, lane: u32) {
  let half = params.width / 2u;
  let head = row % params.heads;
  let position = params.first + row / params.heads % params.own;
  let sample = row / (params.heads * params.own);
  let dy_start = ((sample * params.positions + position) * params.heads + head) * half;
  let start = row * half;
  let angles = position * half;
  var sums = vec2f(0.0); // Σ x² and Σ g·x
  for (var i = lane; i < half; i += LANES) {
    let pair = x[start + i];
    sums += vec2f(dot(pair, pair), dot(pair, weighted(i, dy_start, angles)));
  }
  let totals = row_sum2(sums, lane);
  let inverse = inverseSqrt(totals.x / f32(params.width) + params.eps);
  let slope = totals.y / f32(params.width) * inverse * inverse;
  for (var i = lane; i < half; i += LANES) {
    out[start + i] = inverse * (weighted(i, dy_start, angles) - x[start + i] * slope);
  }
}
