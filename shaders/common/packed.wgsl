// Frozen weights in their file's precision, bound as array<u32>: 0 f32 (one a word), 1 f16, 2 bf16 (two a word,
// the even element in the low half). Pointers to storage cannot be passed, so the caller loads the word:
//   unpack_weight(weight[weight_word(i)], i)
override W_DTYPE: u32 = 0u;

// Which word holds element i of a tensor of this type.
fn packed_word(i: u32, dtype: u32) -> u32 {
  return select(i >> 1u, i, dtype == 0u);
}

// Element i, from its word.
fn unpack_packed(word: u32, i: u32, dtype: u32) -> f32 {
  if (dtype == 0u) { return bitcast<f32>(word); }
  if (dtype == 1u) { return unpack2x16float(word)[i & 1u]; }
  return bitcast<f32>(select(word << 16u, word & 0xffff0000u, (i & 1u) == 1u));
}

// The same for the kernel's main weight, whose type is W_DTYPE.
fn weight_word(i: u32) -> u32 {
  return packed_word(i, W_DTYPE);
}
fn unpack_weight(word: u32, i: u32) -> f32 {
  return unpack_packed(word, i, W_DTYPE);
}
