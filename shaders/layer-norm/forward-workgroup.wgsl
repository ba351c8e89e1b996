// out = (x − mean)/√(variance + eps) over each row, then ·weight + bias where AFFINE; one workgroup a row.
#include "common/index.wgsl"
#include "common/row-reduce.wgsl"
#include "common/packed.wgsl"
override AFFINE: bool;
override BIAS_DTYPE: u32 = 0u;
struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read> bias: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

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
    sum += x[start + i];
  }
  let mean = row_sum(sum, lane) / f32(params.width);
  var squares = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let d = x[start + i] - mean;
    squares += d * d;
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  for (var i = lane; i < params.width; i += LANES) {
    var y = (x[start + i] - mean) * inverse;
    if (AFFINE) {
      let w = unpack_weight(weight[weight_word(i)], i);
      y = y * w + unpack_packed(bias[packed_word(i, BIAS_DTYPE)], i, BIAS_DTYPE);
    }
    out[start + i] = y;
  }
}
