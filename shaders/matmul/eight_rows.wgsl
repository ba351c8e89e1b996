// Eight rows by four columns of a product in one invocation's registers, four of k at a time (operands: operands.wgsl).
#include "common/register_rows.wgsl"
#include "matmul/second.wgsl"

// A[m, k..k+3]; past the last row: that row again.
fn a_row(own: Entry, m: u32, k: u32) -> vec4<f32> {
  return a[(own.a + min(m, own.m - 1u) * params.a_m + k) / 4u];
}

// A[m..m+3, k]; zero past the end of k.
fn a_column(own: Entry, m: u32, k: u32) -> vec4<f32> {
  let value = a[(own.a + min(k, params.k - 1u) * params.a_k + min(m, own.m - 4u)) / 4u];
  return select(vec4<f32>(), value, k < params.k);
}

// sum += A[m..m+7, k..k+3]·B[k..k+3, n..n+3]
fn add_four(sum: ptr<function, Rows>, own: Entry, m: u32, n: u32, k: u32) {
  let b = b_tile(own.b, k, n);
  if (A_ROWS) {
    (*sum).r[0] = row((*sum).r[0], a_row(own, m, k), b);
    (*sum).r[1] = row((*sum).r[1], a_row(own, m + 1u, k), b);
    (*sum).r[2] = row((*sum).r[2], a_row(own, m + 2u, k), b);
    (*sum).r[3] = row((*sum).r[3], a_row(own, m + 3u, k), b);
    (*sum).r[4] = row((*sum).r[4], a_row(own, m + 4u, k), b);
    (*sum).r[5] = row((*sum).r[5], a_row(own, m + 5u, k), b);
    (*sum).r[6] = row((*sum).r[6], a_row(own, m + 6u, k), b);
    (*sum).r[7] = row((*sum).r[7], a_row(own, m + 7u, k), b);
  } else {
    column(sum, a_column(own, m, k), a_column(own, m + 4u, k), b[0]);
    column(sum, a_column(own, m, k + 1u), a_column(own, m + 4u, k + 1u), b[1]);
    column(sum, a_column(own, m, k + 2u), a_column(own, m + 4u, k + 2u), b[2]);
    column(sum, a_column(own, m, k + 3u), a_column(own, m + 4u, k + 3u), b[3]);
  }
}

// sum += the second product
fn add_second(sum: ptr<function, Rows>, own: Entry, m: u32, n: u32) {
  for (var r = 0u; r < RANK; r += 4u) {
    let b = b2_tile(own.b2, r, n);
    (*sum).r[0] = row((*sum).r[0], a2_row(own, m, r), b);
    (*sum).r[1] = row((*sum).r[1], a2_row(own, m + 1u, r), b);
    (*sum).r[2] = row((*sum).r[2], a2_row(own, m + 2u, r), b);
    (*sum).r[3] = row((*sum).r[3], a2_row(own, m + 3u, r), b);
    (*sum).r[4] = row((*sum).r[4], a2_row(own, m + 4u, r), b);
    (*sum).r[5] = row((*sum).r[5], a2_row(own, m + 5u, r), b);
    (*sum).r[6] = row((*sum).r[6], a2_row(own, m + 6u, r), b);
    (*sum).r[7] = row((*sum).r[7], a2_row(own, m + 7u, r), b);
  }
}
