// What every matmul kernel shares: sizes, operands and the epilogue
//
//   out[b1,b0,m,n] = alpha · Σ_k A[b1,b0,m,k]·B[b1,b0,k,n] + bias[n] + residual[b1,b0,m,n]
//
// and where the operands are quads also a second product, an activation of the sum, or a gate (second.wgsl,
// store_quads.wgsl).
//
// Addresses, in elements: A b1·a_b1 + b0·a_b0 + m·a_m + k·a_k, B b1·b_b1 + b0·b_b0 + k·b_k + n·b_n,
// out and residual b1·o_b1 + b0·o_b0 + m·o_m + n. One workgroup in z is one batch entry, b1·batch0 + b0.
// A, B, residual and out (bindings 1, 2, 4, 5) are declared by the kernel, as scalars or quads.
//
// Several products of one A (PARTS) lie one after the other in out, b1 counts them, and each has a B, bias, A2 and B2 of
// its own, which begin where b_at_0 … b2_at_3 say.
#include "common/packed.wgsl"
#include "common/parts.wgsl"
struct Params {
  m: u32,
  n: u32,
  k: u32,
  batch0: u32,
  a_b1: u32,
  a_b0: u32,
  a_m: u32,
  a_k: u32,
  b_b1: u32,
  b_b0: u32,
  b_k: u32,
  b_n: u32,
  o_b1: u32,
  o_b0: u32,
  o_m: u32,
  alpha: f32,
  alpha2: f32,
  gate_offset: u32, // where a sample of gate starts: sample·stride + offset
  gate_stride: u32,
  gate_rows: u32, // rows of a sample
  b_at_0: u32,
  b_at_1: u32,
  b_at_2: u32,
  b_at_3: u32,
  bias_at_0: u32,
  bias_at_1: u32,
  bias_at_2: u32,
  bias_at_3: u32,
  a2_at_0: u32,
  a2_at_1: u32,
  a2_at_2: u32,
  a2_at_3: u32,
  b2_at_0: u32,
  b2_at_1: u32,
  b2_at_2: u32,
  b2_at_3: u32,
}
override HAS_BIAS: bool;
override BIAS_DTYPE: u32; // 0 f32, 1 f16, 2 bf16
override HAS_RESIDUAL: bool;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<u32>;
struct Offsets {
  a: u32,
  b: u32,
  out: u32,
  bias: u32,
  a2: u32,
  b2: u32,
}

fn batch_offsets(batch: u32) -> Offsets {
  let b1 = batch / params.batch0;
  let b0 = batch % params.batch0;
  return Offsets(
    b1 * params.a_b1 + b0 * params.a_b0,
    b1 * params.b_b1 + b0 * params.b_b0 + of_part(b1, vec4(params.b_at_0, params.b_at_1, params.b_at_2, params.b_at_3)),
    b1 * params.o_b1 + b0 * params.o_b0,
    of_part(b1, vec4(params.bias_at_0, params.bias_at_1, params.bias_at_2, params.bias_at_3)),
    of_part(b1, vec4(params.a2_at_0, params.a2_at_1, params.a2_at_2, params.a2_at_3)),
    of_part(b1, vec4(params.b2_at_0, params.b2_at_1, params.b2_at_2, params.b2_at_3)),
  );
}

fn load_bias(n: u32) -> f32 {
  if (!HAS_BIAS) { return 0.0; }
  return unpack_packed(bias[packed_word(n, BIAS_DTYPE)], n, BIAS_DTYPE);
}
