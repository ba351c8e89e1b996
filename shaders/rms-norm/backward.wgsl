// dx of rms-norm/forward: with g = dy·weight and r = 1/√(mean(x²) + eps), r·(g − x·r²·mean(g·x)).
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn compute_row(row: u32, lane: u32) {
  let start = row * params.width;
  var sums = vec2f(0.0); // Σ x² and Σ g·x
  for (var i = lane; i < params.width; i += LANES) {
    let g = dy[start + i] * unpack_weight(weight[weight_word(i)], i);
    sums += x[start + i] * vec2f(x[start + i], g);
  }
  let totals = row_sum2(sums, lane);
  let inverse = inverseSqrt(totals.x / f32(params.width) + params.eps);
  let slope = totals.y / f32(params.width) * inverse * inverse;
  for (var i = lane; i < params.width; i += LANES) {
    let g = dy[start + i] * unpack_weight(weight[weight_word(i)], i);
    out[start + i] = inverse * (g - x[start + i] * slope);
  }
}
