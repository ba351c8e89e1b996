// out[i] = a[i] + b[i mod period]: the sum of two tensors, the second repeated over the leading axes.
#include "common/index.wgsl"
struct Params {
  count: u32,
  period: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  out[i] = a[i] + b[i % params.period];
}
