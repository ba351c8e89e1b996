// A for subgroup.wgsl where the operands are whole quads (operands.wgsl).
#include "matmul/operands.wgsl"

// Lane i of 8 loads what all of them need of A[m..m+7, k..k+3]: row i, or half of column i/2. Zero past the end of k.
fn load_a(offset: u32, m: u32, k: u32, lane: u32) -> vec4<f32> {
  if (A_ROWS) { return a[(offset + min(m + lane, params.m - 1u) * params.a_m + k) / 4u]; }
  let column = k + lane / 2u;
  let row = min(m + 4u * (lane % 2u), params.m - 4u);
  let value = a[(offset + min(column, params.k - 1u) * params.a_k + row) / 4u];
  return select(vec4<f32>(), value, column < params.k);
}
