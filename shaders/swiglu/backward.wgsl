// dx of out = silu(a)·b for rows x = [a, b]: da = dy·b·silu'(a), db = dy·silu(a)
#include "common/pointwise.wgsl"
#include "common/sigmoid.wgsl"
struct Params {
  count: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
  let at = i + i / params.width * params.width;
  let gate = x[at];
  let s = sigmoid(gate);
  out[at] = dy[i] * x[at + params.width] * (s + gate * (s * (1.0 - s)));
  out[at + params.width] = dy[i] * gate * s;
}
