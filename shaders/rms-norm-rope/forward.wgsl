// Each row of x [.., positions, heads, width] normalised by its root mean square and weighted (rms-norm/forward),
// then its pairs rotated by the angles of its position (rope/forward).
#parameter rows invocation workgroup
#include "common/row-by-{rows}.wgsl"
#include "common/packed.wgsl"
struct Params {
  rows: u32, // batch·positions·heads
  width: u32,
  positions: u32,
  heads: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read> cosines: array<f32>;
@group(0) @binding(4) var<storage, read> sines: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<vec2f>;

fn compute_row(row: u32, lane: u32) {
  let half = params.width / 2u;
  let start = row * half;
  let angles = row / params.heads % params.positions * half;
  var squares = 0.0;
  for (var i = lane; i < half; i += LANES) {
    squares += dot(x[start + i], x[start + i]);
  }
  let inverse = inverseSqrt(row_sum(squares, lane) / f32(params.width) + params.eps);
  for (var i = lane; i < half; i += LANES) {
    let w = vec2f(
      unpack_weight(weight[weight_word(2u * i)], 2u * i),
      unpack_weight(weight[weight_word(2u * i + 1u)], 2u * i + 1u),
    );
    let n = x[start + i] * inverse * w;
    let c = cosines[angles + i];
    let s = sines[angles + i];
    out[start + i] = vec2f(n.x * c - n.y * s, n.y * c + n.x * s);
  }
}
