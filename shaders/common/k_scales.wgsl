// The scales that Q4_K and Q5_K share (src/formats/quants/k-scales.ts): of each sub-block of 32 weights bytes sc and m, from
// word `at` on, and behind those of all d and dmin of each block of 256.
#include "common/quants.wgsl"

// d·sc·q − dmin·m: both products are exact.
fn scaled(q: vec4<u32>, at: u32, quad: u32) -> vec4<f32> {
  let sub = quad / 8u;
  let scales = b[at + sub / 2u] >> (16u * (sub & 1u));
  let whole = halves_at(at + params.n * params.k / 64u + quad / 64u);
  return whole.x * f32(scales & 255u) * vec4<f32>(q) - whole.y * f32((scales >> 8u) & 255u);
}
