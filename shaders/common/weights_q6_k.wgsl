// Reads a weight four elements at a time: Q6_K, d·scale·(q − 32), in planes of src/formats/quants/q6-k.ts: the lower four bits
// of q; the upper two; scale of each 16 weights, a signed byte; d of each 256.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let size = params.n * params.k;
  let uppers = size / 8u;
  let scales = uppers + size / 16u;
  let q = nibbles(0u, quad) + 16u * two_bits(uppers, quad);
  let sub = quad / 4u;
  let scale = bitcast<i32>(b[scales + sub / 4u] << (24u - 8u * (sub & 3u))) >> 24u;
  return half_at(scales + size / 64u, quad / 64u) * f32(scale) * (vec4<f32>(q) - 32.0);
}
