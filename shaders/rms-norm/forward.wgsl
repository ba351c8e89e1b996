// out = x·weight/√(mean(x²) + eps) over each row.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
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

fn compute_row(row: u32, lane: u32) {
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
