// Reads a weight four elements at a time: Q8_0, split into planes by src/formats/quants/q8-0.ts. First all q, four in a word,
// then d of each 32 of them, two in a word. B is the whole weight, so it has n·k elements.
#include "common/half.wgsl"
@group(0) @binding(2) var<storage, read> b: array<u32>;

fn load_b4(quad: u32) -> vec4<f32> {
  let q = bitcast<vec4<i32>>(vec4(b[quad]) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u);
  let block = quad / 8u;
  let d = b[params.n * params.k / 4u + block / 2u] >> (16u * (block & 1u));
  return half(d & 0xffffu) * vec4<f32>(q);
}
