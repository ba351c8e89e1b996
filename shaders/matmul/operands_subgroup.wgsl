// A for subgroup.wgsl where the operands are whole quads (operands.wgsl).
#include "matmul/operands.wgsl"
#include "matmul/second.wgsl"

// Lane i of 8 loads what all of them need of A[m..m+7, k..k+3]: row i, or half of column i/2. Zero past the end of k.
fn load_a(own: Entry, m: u32, k: u32, lane: u32) -> vec4<f32> {
  if (A_ROWS) { return a[(own.a + min(m + lane, own.m - 1u) * params.a_m + k) / 4u]; }
  let column = k + lane / 2u;
  let row = min(m + 4u * (lane % 2u), own.m - 4u);
  let value = a[(own.a + min(column, params.k - 1u) * params.a_k + row) / 4u];
  return select(vec4<f32>(), value, column < params.k);
}

fn add_second(own: Entry, low: ptr<function, Rows>, high: ptr<function, Rows>, m: u32, n: u32, lane: u32) {
  for (var r = 0u; r < RANK; r += 4u) {
    let b = b2_tile(own.b2, r, n);
    accumulate_rows(low, a2_row(own, m + lane, r), b);
    accumulate_rows(high, a2_row(own, m + 8u + lane, r), b);
  }
}
