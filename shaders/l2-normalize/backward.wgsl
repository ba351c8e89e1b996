// dx = (dy − y (y·dy)) / ‖x‖ with y = x/‖x‖; where ‖x‖ < epsilon the divisor is constant and dx = dy / epsilon.
#include "common/index.wgsl"
#include "common/workgroup-sum.wgsl"
struct Params {
  rows: u32,
  length: u32,
  epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = flat_index(group, workgroups, 1u);
  if (row >= params.rows) { return; }
  let start = row * params.length;
  var square = 0.0;
  var product = 0.0;
  for (var i = lane; i < params.length; i += 64u) {
    square += x[start + i] * x[start + i];
    product += x[start + i] * dy[start + i];
  }
  let norm = sqrt(workgroup_sum(square, lane));
  let divisor = max(norm, params.epsilon);
  var along = workgroup_sum(product, lane) / divisor;
  if (norm < params.epsilon) { along = 0.0; }
  for (var i = lane; i < params.length; i += 64u) {
    dx[start + i] = (dy[start + i] - x[start + i] / divisor * along) / divisor;
  }
}
