// Rotates each pair (2i, 2i+1) of the last axis of x [.., positions, heads, 2·half] by the angle of its position:
// y0 = x0 cos − x1 sin, y1 = x1 cos + x0 sin. INVERSE rotates back, which is the gradient.
#include "common/index.wgsl"
override INVERSE: bool;
override PER_INVOCATION: u32 = 1u;
struct Params {
  pairs: u32,
  positions: u32,
  heads: u32,
  half: u32, // pairs in a head
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> cosines: array<f32>;
@group(0) @binding(3) var<storage, read> sines: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<vec2f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = flat_index(workgroup, workgroups, 1u) * PER_INVOCATION * 64u + lane;
  for (var k = 0u; k < PER_INVOCATION; k++) {
    let i = first + k * 64u;
    if (i >= params.pairs) { break; }
    let position = (i / (params.half * params.heads)) % params.positions;
    let angle = position * params.half + i % params.half;
    let c = cosines[angle];
    let s = select(sines[angle], -sines[angle], INVERSE);
    let pair = x[i];
    out[i] = vec2f(pair.x * c - pair.y * s, pair.y * c + pair.x * s);
  }
}
