// out[j] = Σ_i x[i·period + j]: the sum over the leading axes, the adjoint of repeating over them.
#include "common/index.wgsl"
struct Params {
  rows: u32,
  period: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let j = flat_index(id, workgroups, 64u);
  if (j >= params.period) { return; }
  var sum = 0.0;
  for (var i = 0u; i < params.rows; i++) {
    sum += x[i * params.period + j];
  }
  out[j] = sum;
}
