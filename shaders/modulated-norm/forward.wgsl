// out = n·(1 + scale) + shift: n is the row normalised to mean 0 and variance 1, scale and shift are its sample's.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
struct Params {
  rows: u32,
  width: u32,
  rows_per_sample: u32,
  scale_offset: u32, // where a sample of scale starts: sample·stride + offset
  scale_stride: u32,
  shift_offset: u32,
  shift_stride: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn compute_row(row: u32, lane: u32) {
  let start = row * params.width;
  let sample = row / params.rows_per_sample;
  let scale_start = sample * params.scale_stride + params.scale_offset;
  let shift_start = sample * params.shift_stride + params.shift_offset;
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
    let n = (x[start + i] - mean) * inverse;
    out[start + i] = n * (1.0 + scale[scale_start + i]) + shift[shift_start + i];
  }
}
