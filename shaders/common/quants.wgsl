// What the storage types of blocks share. Each lies in planes, words that hold the weights' bits in the order of the weights;
// a quad is four weights along a row. B is the whole weight, so it has n·k elements, and sizes say where planes begin.
#include "common/half.wgsl"
@group(0) @binding(2) var<storage, read> b: array<u32>;

// Four bits of each weight of a quad, in the plane from word `at` on.
fn nibbles(at: u32, quad: u32) -> vec4<u32> {
  return (vec4(b[at + quad / 2u] >> (16u * (quad & 1u))) >> vec4(0u, 4u, 8u, 12u)) & vec4(15u);
}

// Two bits of each.
fn two_bits(at: u32, quad: u32) -> vec4<u32> {
  return (vec4(b[at + quad / 4u] >> (8u * (quad & 3u))) >> vec4(0u, 2u, 4u, 6u)) & vec4(3u);
}

// One bit of each.
fn bits(at: u32, quad: u32) -> vec4<u32> {
  return (vec4(b[at + quad / 8u] >> (4u * (quad & 7u))) >> vec4(0u, 1u, 2u, 3u)) & vec4(1u);
}

// The f16 numbered i of a plane of them.
fn half_at(at: u32, i: u32) -> f32 {
  return half((b[at + i / 2u] >> (16u * (i & 1u))) & 0xffffu);
}

// The two f16 of a word.
fn halves_at(at: u32) -> vec2<f32> {
  let word = b[at];
  return vec2(half(word & 0xffffu), half(word >> 16u));
}
