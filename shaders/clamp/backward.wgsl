// dx[i] = dy[i] where low ≤ x[i] ≤ high, else 0
#include "common/pointwise.wgsl"
struct Params {
  count: u32,
  low: f32,
  high: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
  out[i] = select(0.0, dy[i], x[i] >= params.low && x[i] <= params.high);
}
