// Reads a weight four elements at a time: Q5_K, d·sc·q − dmin·m, in planes of src/formats/quants/q5-k.ts: the lower four bits
// of q; the fifth; scales.
#include "common/k_scales.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let fifths = params.n * params.k / 8u;
  return scaled(nibbles(0u, quad) + 16u * bits(fifths, quad), fifths + params.n * params.k / 32u, quad);
}
