// out = (x − mean)/√(variance + eps) over each row, then ·weight + bias where AFFINE.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
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

fn compute_row(row: u32, lane: u32) {
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
