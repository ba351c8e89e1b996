// out[b, s, c] = x[b, s, c] + gate[b, c]·y[b, s, c]; ADD off leaves x out: the gradient of y, from dy.
#include "common/pointwise.wgsl"
override ADD: bool;
struct Params {
  count: u32,
  width: u32,
  rows_per_sample: u32,
  gate_offset: u32, // where a sample of gate starts: sample·stride + offset
  gate_stride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
  let sample = i / (params.width * params.rows_per_sample);
  let gated = gate[sample * params.gate_stride + params.gate_offset + i % params.width] * y[i];
  if (ADD) { out[i] = x[i] + gated; } else { out[i] = gated; }
}
