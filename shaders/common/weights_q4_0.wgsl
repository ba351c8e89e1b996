// Reads a weight four elements at a time: Q4_0, split into planes by src/formats/quants/q4-0.ts. First all q, eight in a word,
// then d of each 32 of them, two in a word. B is the whole weight, so it has n·k elements.
#include "common/half.wgsl"
@group(0) @binding(2) var<storage, read> b: array<u32>;

fn load_b4(quad: u32) -> vec4<f32> {
  let q = (vec4(b[quad / 2u] >> (16u * (quad & 1u))) >> vec4(0u, 4u, 8u, 12u)) & vec4(15u);
  let block = quad / 8u;
  let d = b[params.n * params.k / 8u + block / 2u] >> (16u * (block & 1u));
  return half(d & 0xffffu) * (vec4<f32>(q) - 8.0);
}
