// out[o, i, k] = x[o, i − start, k] where 0 ≤ i − start < length, else 0: the adjoint of a slice.
#include "common/index.wgsl"
struct Params {
  count: u32,
  axis: u32,
  inner: u32,
  start: u32,
  length: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let index = flat_index(id, workgroups, 64u);
  if (index >= params.count) { return; }
  let k = index % params.inner;
  let i = (index / params.inner) % params.axis;
  let o = index / (params.inner * params.axis);
  var value = 0.0;
  if (i >= params.start && i < params.start + params.length) {
    value = x[(o * params.length + i - params.start) * params.inner + k];
  }
  out[index] = value;
}
