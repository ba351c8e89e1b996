// out[o, i, k] = Σ_j m[i, j] · x[o, j, k]: one axis of x times a matrix, the axes after it untouched.
#include "common/index.wgsl"
struct Params {
  count: u32,
  out_size: u32,
  in_size: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> m: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let index = flat_index(id, workgroups, 64u);
  if (index >= params.count) { return; }
  let k = index % params.inner;
  let i = (index / params.inner) % params.out_size;
  let o = index / (params.inner * params.out_size);
  let start = o * params.in_size * params.inner + k;
  var sum = 0.0;
  for (var j = 0u; j < params.in_size; j++) {
    sum += m[i * params.in_size + j] * x[start + j * params.inner];
  }
  out[index] = sum;
}
