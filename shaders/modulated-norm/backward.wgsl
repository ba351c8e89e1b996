// dx of modulated-norm/forward: with n the normalised row and g = dy·(1 + scale), (g − mean(g) −
// n·mean(g·n))/√(variance + eps).
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
struct Params {
  rows: u32,
  width: u32,
  rows_per_sample: u32,
  scale_offset: u32, // where a sample of scale starts: sample·stride + offset
  scale_stride: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn compute_row(row: u32, lane: u32) {
  let start = row * params.width;
  let scale_start = row / params.rows_per_sample * params.scale_stride + params.scale_offset;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    sum += x[start + i];
  }
  let mean = row_sum(sum, lane) / f32(params.width);
  var squares = 0.0;
  var g_sums = vec2f(0.0); // Σ g and Σ g·(x − mean)
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[start + i] - mean;
    let g = dy[start + i] * (1.0 + scale[scale_start + i]);
    squares += d * d;
    g_sums += vec2f(g, g * d);
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  let g_means = row_sum2(g_sums, lane) / f32(params.width);
  let slope = g_means.y * inverse * inverse;
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[start + i] - mean;
    let g = dy[start + i] * (1.0 + scale[scale_start + i]);
    out[start + i] = inverse * (g - g_means.x - d * slope);
  }
}
