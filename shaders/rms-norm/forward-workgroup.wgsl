// out = x·weight/√(mean(x²) + eps) over each row; one workgroup a row.
#include "common/index.wgsl"
#include "common/row-reduce.wgsl"
#include "common/packed.wgsl"
struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
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
  var squares = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    squares += x[start + i] * x[start + i];
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  for (var i = lane; i < params.width; i += LANES) {
    out[start + i] = x[start + i] * inverse * unpack_weight(weight[weight_word(i)], i);
  }
}
