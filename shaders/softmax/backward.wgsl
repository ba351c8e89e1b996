// dx = scale·y·(dy − Σ y·dy) over each row; y is the softmax.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
struct Params {
  rows: u32,
  width: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn compute_row(row: u32, lane: u32) {
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
