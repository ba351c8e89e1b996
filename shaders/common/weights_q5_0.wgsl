// Reads a weight four elements at a time: Q5_0, d·(q − 16), in planes of src/formats/quants/q5-0.ts: the lower four bits of q;
// the fifth; d.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let fifths = params.n * params.k / 8u;
  let scales = fifths + params.n * params.k / 32u;
  let q = nibbles(0u, quad) + 16u * bits(fifths, quad);
  return half_at(scales, quad / 8u) * (vec4<f32>(q) - 16.0);
}
