// dx of rms-norm/forward: with g = dy·weight and r = 1/√(mean(x²) + eps), r·(g − x·r²·mean(g·x));
// one invocation a row.
#include "common/index.wgsl"
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let row = flat_index(id, workgroups, 64u);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  var sums = vec2f(0.0); // Σ x² and Σ g·x
  for (var i = 0u; i < params.width; i++) {
    let g = dy[start + i] * unpack_weight(weight[weight_word(i)], i);
    sums += x[start + i] * vec2f(x[start + i], g);
  }
  let totals = sums;
  let inverse = inverseSqrt(totals.x / f32(params.width) + params.eps);
  let slope = totals.y / f32(params.width) * inverse * inverse;
  for (var i = 0u; i < params.width; i++) {
    let g = dy[start + i] * unpack_weight(weight[weight_word(i)], i);
    out[start + i] = inverse * (g - x[start + i] * slope);
  }
}
