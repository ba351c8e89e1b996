// Reads a weight four elements at a time: Q4_0, d·(q − 8), in planes of src/formats/quants/q4-0.ts: q; d.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let size = params.n * params.k;
  return half_at(size / 8u, quad / 8u) * (vec4<f32>(nibbles(0u, quad)) - 8.0);
}
