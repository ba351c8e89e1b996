// Reads a weight four elements at a time: f32. `quad` counts groups of four; every row holds whole quads.
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;

fn load_b4(quad: u32) -> vec4<f32> {
  return b[quad];
}
