// Reads a weight four elements at a time: Q4_K, d·sc·q − dmin·m, in planes of src/formats/quants/q4-k.ts: q; scales.
#include "common/k_scales.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  return scaled(nibbles(0u, quad), params.n * params.k / 8u, quad);
}
