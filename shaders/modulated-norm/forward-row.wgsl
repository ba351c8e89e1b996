// out = n·(1 + scale) + shift: n is the row normalised to mean 0 and variance 1, scale and shift are its sample's;
// one invocation a row.
#include "common/index.wgsl"
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let row = flat_index(id, workgroups, 64u);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  let sample = row / params.rows_per_sample;
  let scale_start = sample * params.scale_stride + params.scale_offset;
  let shift_start = sample * params.shift_stride + params.shift_offset;
  var sum = 0.0;
  for (var i = 0u; i < params.width; i++) {
    sum += x[start + i];
  }
  let mean = sum / f32(params.width);
  var squares = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let d = x[start + i] - mean;
    squares += d * d;
  }
  let inverse = inverseSqrt(squares / f32(params.width) + params.eps);
  for (var i = 0u; i < params.width; i++) {
    let n = (x[start + i] - mean) * inverse;
    out[start + i] = n * (1.0 + scale[scale_start + i]) + shift[shift_start + i];
  }
}
