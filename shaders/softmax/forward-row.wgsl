// out = softmax(scale·x) over each row, one invocation a row. The greatest element is subtracted first.
#include "common/index.wgsl"
struct Params {
  rows: u32,
  width: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let row = flat_index(id, workgroups, 64u);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  // scale may be negative, so the maximum is of the scaled values.
  var greatest = params.scale * x[start];
  for (var i = 1u; i < params.width; i++) {
    greatest = max(greatest, params.scale * x[start + i]);
  }
  var sum = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let e = exp(params.scale * x[start + i] - greatest);
    out[start + i] = e;
    sum += e;
  }
  let factor = 1.0 / sum;
  for (var i = 0u; i < params.width; i++) {
    out[start + i] *= factor;
  }
}
