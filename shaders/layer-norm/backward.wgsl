// dx of layer-norm/forward: with n the normalised row and g = dy·weight, (g − mean(g) − n·mean(g·n))/√(variance +
// eps).
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
override AFFINE: bool;
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

fn weighted(dy: f32, i: u32) -> f32 {
  if (AFFINE) { return dy * unpack_weight(weight[weight_word(i)], i); }
  return dy;
}

fn compute_row(row: u32, lane: u32) {
  let start = row * params.width;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    sum += x[start + i];
  }
  let mean = row_sum(sum, lane) / f32(params.width);
  var squares = 0.0;
  var g_sums = vec2f(0.0); // Σ g and Σ g·(x − mean)
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[start + i] - mean;
    let g = weighted(dy[start + i], i);
    squares += d * d;
    g_sums += vec2f(g, g * d);
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  let g_means = row_sum2(g_sums, lane) / f32(params.width);
  let slope = g_means.y * inverse * inverse;
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[start + i] - mean;
    let g = weighted(dy[start + i], i);
    out[start + i] = inverse * (g - g_means.x - d * slope);
  }
}
