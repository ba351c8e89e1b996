// Each row of x [.., positions, heads, width] normalised by its root mean square and weighted (rms-norm/forward),
// then its pairs rotated by the angles of its position (rope/forward). Parts have each an x and weight of their own.
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
#include "common/parts.wgsl"
struct Params {
  rows: u32, // parts·batch·positions·heads
  width: u32,
  positions: u32,
  heads: u32,
  eps: f32,
  x_at_0: u32,
  x_at_1: u32,
  x_at_2: u32,
  x_at_3: u32,
  weight_at_0: u32,
  weight_at_1: u32,
  weight_at_2: u32,
  weight_at_3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read> cosines: array<f32>;
@group(0) @binding(4) var<storage, read> sines: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<vec2f>;

fn compute_row(row: u32, lane: u32) {
  let half = params.width / 2u;
  let own = params.rows / PARTS;
  let part = row / own;
  let start = of_part(part, vec4(params.x_at_0, params.x_at_1, params.x_at_2, params.x_at_3)) / 2u + row % own * half;
  let weights = of_part(part, vec4(params.weight_at_0, params.weight_at_1, params.weight_at_2, params.weight_at_3));
  let angles = row / params.heads % params.positions * half;
  var squares = 0.0;
  for (var i = lane; i < half; i += LANES) {
    squares += dot(x[start + i], x[start + i]);
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  for (var i = lane; i < half; i += LANES) {
    let at = weights + 2u * i;
    let w = vec2f(unpack_weight(weight[weight_word(at)], at), unpack_weight(weight[weight_word(at + 1u)], at + 1u));
    let n = x[start + i] * inverse * w;
    let c = cosines[angles + i];
    let s = sines[angles + i];
    out[row * half + i] = vec2f(n.x * c - n.y * s, n.y * c + n.x * s);
  }
}
