// out[r, c] = silu(x[r, c])·x[r, width + c] for rows of x twice as wide
#include "common/pointwise.wgsl"
#include "common/sigmoid.wgsl"
struct Params {
  count: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
  let at = i + i / params.width * params.width;
  let gate = x[at];
  out[i] = gate * sigmoid(gate) * x[at + params.width];
}
