// out[r] = a[r]·b[r], one workgroup a row.
#include "common/index.wgsl"
#include "common/workgroup-sum.wgsl"
struct Params {
  rows: u32,
  length: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = flat_index(group, workgroups, 1u);
  if (row >= params.rows) { return; }
  var product = 0.0;
  for (var i = lane; i < params.length; i += 64u) {
    product += a[row * params.length + i] * b[row * params.length + i];
  }
  let sum = workgroup_sum(product, lane);
  if (lane == 0u) { out[row] = sum; }
}
