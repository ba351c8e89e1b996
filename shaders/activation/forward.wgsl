// out[i] = f(x[i])
#include "common/pointwise.wgsl"
#include "activation/functions.wgsl"
struct Params {
  count: u32,
  bound: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn element(i: u32) {
  out[i] = activate(x[i], params.bound);
}
