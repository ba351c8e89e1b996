// A finite f16 by its 16 bits. Unlike unpack2x16float it keeps the smallest numbers on every device: as scales of blocks they
// stand for whole blocks of weights.
fn half(bits: u32) -> f32 {
  let size = bits & 0x7fffu;
  // From the exponent's bias of 15 to 127; below 2⁻¹⁴ the bits are a whole number of 2⁻²⁴.
  let normal = bitcast<f32>((size << 13u) + 0x38000000u);
  let value = select(normal, f32(size) * 0x1p-24f, size < 0x400u);
  return select(value, -value, bits >= 0x8000u);
}
