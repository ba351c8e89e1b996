// dx = scale·y·(dy − Σ y·dy) over each row, one workgroup a row; y is the softmax.
#include "common/index.wgsl"
#include "common/row-reduce.wgsl"
struct Params {
  rows: u32,
  width: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flat_index(workgroup, workgroups, 1u);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    sum += y[start + i] * dy[start + i];
  }
  sum = row_sum(sum, lane);
  for (var i = lane; i < params.width; i += LANES) {
    out[start + i] = params.scale * y[start + i] * (dy[start + i] - sum);
  }
}
