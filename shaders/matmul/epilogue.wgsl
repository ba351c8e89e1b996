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
// Several products (PARTS) lie one after the other in out: b1 counts them, the strides b1 are 0, and each has its own rows
// m, m_1 …, its own place out_at_1 … in out, and operands that begin where a_at_0 … b2_at_3 say.
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
  m_1: u32,
  m_2: u32,
  m_3: u32,
  gate_offset_1: u32,
  gate_offset_2: u32,
  gate_offset_3: u32,
  gate_rows_1: u32,
  gate_rows_2: u32,
  gate_rows_3: u32,
  out_at_1: u32,
  out_at_2: u32,
  out_at_3: u32,
  a_at_0: u32,
  a_at_1: u32,
  a_at_2: u32,
  a_at_3: u32,
  b_at_0: u32,
  b_at_1: u32,
  b_at_2: u32,
  b_at_3: u32,
  residual_at_0: u32,
  residual_at_1: u32,
  residual_at_2: u32,
  residual_at_3: u32,
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
// A batch entry, or a part: its rows, and where its operands begin.
struct Entry {
  m: u32,
  a: u32,
  b: u32,
  out: u32,
  residual: u32,
  bias: u32,
  a2: u32,
  b2: u32,
  gate: u32,
  gate_rows: u32,
}

fn entry(batch: u32) -> Entry {
  let b1 = batch / params.batch0;
  let b0 = batch % params.batch0;
  let out = b1 * params.o_b1 + b0 * params.o_b0;
  return Entry(
    of_part(b1, vec4(params.m, params.m_1, params.m_2, params.m_3)),
    b1 * params.a_b1 + b0 * params.a_b0 + of_part(b1, vec4(params.a_at_0, params.a_at_1, params.a_at_2, params.a_at_3)),
    b1 * params.b_b1 + b0 * params.b_b0 + of_part(b1, vec4(params.b_at_0, params.b_at_1, params.b_at_2, params.b_at_3)),
    out + of_part(b1, vec4(0u, params.out_at_1, params.out_at_2, params.out_at_3)),
    out + of_part(b1, vec4(params.residual_at_0, params.residual_at_1, params.residual_at_2, params.residual_at_3)),
    of_part(b1, vec4(params.bias_at_0, params.bias_at_1, params.bias_at_2, params.bias_at_3)),
    of_part(b1, vec4(params.a2_at_0, params.a2_at_1, params.a2_at_2, params.a2_at_3)),
    of_part(b1, vec4(params.b2_at_0, params.b2_at_1, params.b2_at_2, params.b2_at_3)),
    of_part(b1, vec4(params.gate_offset, params.gate_offset_1, params.gate_offset_2, params.gate_offset_3)),
    of_part(b1, vec4(params.gate_rows, params.gate_rows_1, params.gate_rows_2, params.gate_rows_3)),
  );
}

fn load_bias(n: u32) -> f32 {
  if (!HAS_BIAS) { return 0.0; }
  return unpack_packed(bias[packed_word(n, BIAS_DTYPE)], n, BIAS_DTYPE);
}
