// Reads a weight four elements at a time: bf16, two in a u32. A bf16 is the upper half of an f32.
@group(0) @binding(2) var<storage, read> b: array<vec2<u32>>;

fn load_b4(quad: u32) -> vec4<f32> {
  let packed = b[quad];
  return bitcast<vec4<f32>>(vec4(packed.x << 16u, packed.x & 0xffff0000u, packed.y << 16u, packed.y & 0xffff0000u));
}
