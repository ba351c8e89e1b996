// Reads a weight four elements at a time: Q8_0, d·q, in planes of src/formats/quants/q8-0.ts: q; d.
#include "common/quants.wgsl"

fn load_b4(quad: u32) -> vec4<f32> {
  let q = bitcast<vec4<i32>>(vec4(b[quad]) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u);
  return half_at(params.n * params.k / 4u, quad / 8u) * vec4<f32>(q);
}
