// Reads a weight four elements at a time: Q5_1, d·q + m, in planes of src/formats/quants/q5-1.ts: the lower four bits of q; the
// fifth; d and m.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let fifths = params.n * params.k / 8u;
  let scales = halves_at(fifths + params.n * params.k / 32u + quad / 8u);
  let q = nibbles(0u, quad) + 16u * bits(fifths, quad);
  return scales.x * vec4<f32>(q) + scales.y;
}
