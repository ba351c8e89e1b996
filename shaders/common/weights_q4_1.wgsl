// Reads a weight four elements at a time: Q4_1, d·q + m, in planes of src/formats/quants/q4-1.ts: q; d and m.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let size = params.n * params.k;
  let scales = halves_at(size / 8u + quad / 8u);
  return scales.x * vec4<f32>(nibbles(0u, quad)) + scales.y;
}
