// Rotates each pair (2i, 2i+1) of the last axis of x [.., positions, heads, 2·half] by the angle of its position:
// y0 = x0 cos − x1 sin, y1 = x1 cos + x0 sin. INVERSE rotates back, which is the gradient.
#include "common/pointwise.wgsl"
override INVERSE: bool;
struct Params {
  count: u32, // of pairs
  positions: u32,
  heads: u32,
  half: u32, // pairs in a head
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> cosines: array<f32>;
@group(0) @binding(3) var<storage, read> sines: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<vec2f>;

fn element(i: u32) {
  let position = (i / (params.half * params.heads)) % params.positions;
  let angle = position * params.half + i % params.half;
  let c = cosines[angle];
  let s = select(sines[angle], -sines[angle], INVERSE);
  let pair = x[i];
  out[i] = vec2f(pair.x * c - pair.y * s, pair.y * c + pair.x * s);
}
