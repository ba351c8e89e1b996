// out = softmax(scale·x) over each row, and log Σ exp(scale·x). The greatest element is subtracted first.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
struct Params {
  rows: u32,
  width: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> log_sum_exp: array<f32>; // [rows]

fn compute_row(row: u32, lane: u32) {
  let start = row * params.width;
  // Starting at an element of the row leaves the maximum unchanged, also in lanes beyond the row.
  var greatest = params.scale * x[start];
  for (var i = lane; i < params.width; i += LANES) {
    greatest = max(greatest, params.scale * x[start + i]);
  }
  greatest = row_max(greatest, lane);
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let e = exp(params.scale * x[start + i] - greatest);
    out[start + i] = e;
    sum += e;
  }
  sum = row_sum(sum, lane);
  if (lane == 0u) { log_sum_exp[row] = greatest + log(sum); }
  let factor = 1.0 / sum;
  for (var i = lane; i < params.width; i += LANES) {
    out[start + i] *= factor;
  }
}
