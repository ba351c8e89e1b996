// out = n·(1 + scale) + shift: n is the row normalised to mean 0 and variance 1, scale and shift are its sample's. Parts have
// each an x, rows and columns of scale and shift of their own.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/parts.wgsl"
struct Params {
  rows: u32, // of all parts
  width: u32,
  rows_per_sample: u32,
  scale_offset: u32, // where a sample of scale starts: sample·stride + offset
  scale_stride: u32,
  shift_offset: u32,
  shift_stride: u32,
  eps: f32,
  start_1: u32,
  start_2: u32,
  start_3: u32,
  rows_per_sample_1: u32,
  rows_per_sample_2: u32,
  rows_per_sample_3: u32,
  scale_offset_1: u32,
  scale_offset_2: u32,
  scale_offset_3: u32,
  shift_offset_1: u32,
  shift_offset_2: u32,
  shift_offset_3: u32,
  x_at_0: u32,
  x_at_1: u32,
  x_at_2: u32,
  x_at_3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn compute_row(row: u32, lane: u32) {
  let starts = vec4(0u, params.start_1, params.start_2, params.start_3);
  let part = part_with(row, starts);
  let own = row - of_part(part, starts);
  let start = of_part(part, vec4(params.x_at_0, params.x_at_1, params.x_at_2, params.x_at_3)) + own * params.width;
  let sample = own / of_part(part, vec4(
    params.rows_per_sample, params.rows_per_sample_1, params.rows_per_sample_2, params.rows_per_sample_3
  ));
  let scale_start = sample * params.scale_stride
    + of_part(part, vec4(params.scale_offset, params.scale_offset_1, params.scale_offset_2, params.scale_offset_3));
  let shift_start = sample * params.shift_stride
    + of_part(part, vec4(params.shift_offset, params.shift_offset_1, params.shift_offset_2, params.shift_offset_3));
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
    out[row * params.width + i] = n * (1.0 + scale[scale_start + i]) + shift[shift_start + i];
  }
}
