// Reads a weight four elements at a time: f16, two in a u32 (core WGSL, no shader-f16 needed).
@group(0) @binding(2) var<storage, read> b: array<vec2<u32>>;

fn load_b4(quad: u32) -> vec4<f32> {
  let packed = b[quad];
  return vec4(unpack2x16float(packed.x), unpack2x16float(packed.y));
}
