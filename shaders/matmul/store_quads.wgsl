// Writes four columns of one row: n, o_n = 1 and the output's other strides are whole quads.
//
// An activation is that of sum, bias and residual; with a gate of each sample's own the residual is added after it:
// residual + gate·(sum + bias).
#include "activation/functions.wgsl"
override HAS_ACTIVATION: bool = false;
override HAS_GATE: bool = false;
@group(0) @binding(8) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

fn load_bias4(at: u32, n: u32) -> vec4<f32> {
  let i = at + n;
  return vec4(load_bias(i), load_bias(i + 1u), load_bias(i + 2u), load_bias(i + 3u));
}

fn store4(own: Entry, m: u32, n: u32, sum: vec4<f32>, bias: vec4<f32>) {
  if (m >= own.m || n >= params.n) { return; }
  let row = m * params.o_m + n;
  var y = params.alpha * sum + bias;
  if (HAS_GATE) { y *= gate[(m / own.gate_rows * params.gate_stride + own.gate + n) / 4u]; }
  if (HAS_RESIDUAL) { y += residual[(own.residual + row) / 4u]; }
  if (HAS_ACTIVATION) { y = vec4(activate(y.x, 1.0), activate(y.y, 1.0), activate(y.z, 1.0), activate(y.w, 1.0)); }
  out[(own.out + row) / 4u] = y;
}

// Eight rows from m. Written out, because an array indexed by a variable lives in memory on some drivers.
fn store8(own: Entry, m: u32, n: u32, sum: Rows, bias: vec4<f32>) {
  store4(own, m, n, sum.r[0], bias);
  store4(own, m + 1u, n, sum.r[1], bias);
  store4(own, m + 2u, n, sum.r[2], bias);
  store4(own, m + 3u, n, sum.r[3], bias);
  store4(own, m + 4u, n, sum.r[4], bias);
  store4(own, m + 5u, n, sum.r[5], bias);
  store4(own, m + 6u, n, sum.r[6], bias);
  store4(own, m + 7u, n, sum.r[7], bias);
}
