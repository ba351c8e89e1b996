// Reads a weight four elements at a time: fp8 E4M3, four in a word, and behind them the f32 that all are multiplied by. A byte
// is sign, four bits of exponent with a bias of 7 and three of fraction; with exponent 0 a whole number of 2⁻⁹.
@group(0) @binding(2) var<storage, read> b: array<u32>;

fn load_b4(quad: u32) -> vec4<f32> {
  let bytes = (vec4(b[quad]) >> vec4(0u, 8u, 16u, 24u)) & vec4(255u);
  let size = bytes & vec4(127u);
  let normal = bitcast<vec4<f32>>((size << vec4(20u)) + vec4(120u << 23u));
  let value = select(normal, vec4<f32>(size) * 0x1p-9f, size < vec4(8u));
  return bitcast<f32>(b[params.n * params.k / 4u]) * select(value, -value, bytes >= vec4(128u));
}
