// out[r] = Σ_j coefficients[r, first + j] · x_j[r] over the first COUNT of x_0 … x_3.
#include "common/index.wgsl"
override COUNT: u32 = 4u;
struct Params {
  size: u32,
  length: u32,
  columns: u32,
  first: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> coefficients: array<f32>;
@group(0) @binding(2) var<storage, read> x_0: array<f32>;
@group(0) @binding(3) var<storage, read> x_1: array<f32>;
@group(0) @binding(4) var<storage, read> x_2: array<f32>;
@group(0) @binding(5) var<storage, read> x_3: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.size) { return; }
  let c = (i / params.length) * params.columns + params.first;
  var sum = coefficients[c] * x_0[i];
  if (COUNT > 1u) { sum += coefficients[c + 1u] * x_1[i]; }
  if (COUNT > 2u) { sum += coefficients[c + 2u] * x_2[i]; }
  if (COUNT > 3u) { sum += coefficients[c + 3u] * x_3[i]; }
  out[i] = sum;
}
