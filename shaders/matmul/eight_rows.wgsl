// Eight rows by four columns of a product in one invocation's registers, four of k at a time (operands: operands.wgsl).
#include "common/register_rows.wgsl"
#include "matmul/second.wgsl"

// Where the rows and columns of one invocation begin, in quads, worked out once: drivers that compute on the processor leave it in
// the loop over k.
struct Begins {
  low: vec4<u32>, // A by rows: of rows m..m+3, and m+4..m+7; else of the quads of rows, in x
  high: vec4<u32>,
  columns: vec4<u32>, // B by rows: of the quad of columns, in x; else of columns n..n+3
}

fn begins(own: Entry, m: u32, n: u32) -> Begins {
  var at: Begins;
  // Past the last row: that row again. Past the last column: some valid element.
  if (A_ROWS) {
    let rows = m + vec4(0u, 1u, 2u, 3u);
    at.low = (own.a + min(rows, vec4(own.m - 1u)) * params.a_m) / 4u;
    at.high = (own.a + min(rows + 4u, vec4(own.m - 1u)) * params.a_m) / 4u;
  } else {
    at.low = vec4((own.a + min(m, own.m - 4u)) / 4u);
    at.high = vec4((own.a + min(m + 4u, own.m - 4u)) / 4u);
  }
  if (B_ROWS) {
    at.columns = vec4((own.b + min(n, params.n - 4u)) / 4u);
  } else {
    at.columns = (own.b + min(n + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u)) * params.b_n) / 4u;
  }
  return at;
}

// A[m..m+3, k] of a quad of rows; zero past the end of k.
fn a_column(begin: u32, k: u32) -> vec4<f32> {
  let value = a[begin + min(k, params.k - 1u) * (params.a_k / 4u)];
  return select(vec4<f32>(), value, k < params.k);
}

// B[k+i, n+j] for i, j in 0..3 as four rows; past the end of k: the last row again.
fn b_four(columns: vec4<u32>, k: u32) -> array<vec4<f32>, 4> {
  if (B_ROWS) {
    let rows = columns.x + min(k + vec4(0u, 1u, 2u, 3u), vec4(params.k - 1u)) * (params.b_k / 4u);
    return array(load_b4(rows.x), load_b4(rows.y), load_b4(rows.z), load_b4(rows.w));
  }
  let at = columns + k / 4u;
  let t = transpose(mat4x4(load_b4(at.x), load_b4(at.y), load_b4(at.z), load_b4(at.w)));
  return array(t[0], t[1], t[2], t[3]);
}

// sum += A[m..m+7, k..k+3]·B[k..k+3, n..n+3]
fn add_four(sum: ptr<function, Rows>, at: Begins, k: u32) {
  let b = b_four(at.columns, k);
  if (A_ROWS) {
    let low = at.low + k / 4u;
    let high = at.high + k / 4u;
    (*sum).r[0] = row((*sum).r[0], a[low.x], b);
    (*sum).r[1] = row((*sum).r[1], a[low.y], b);
    (*sum).r[2] = row((*sum).r[2], a[low.z], b);
    (*sum).r[3] = row((*sum).r[3], a[low.w], b);
    (*sum).r[4] = row((*sum).r[4], a[high.x], b);
    (*sum).r[5] = row((*sum).r[5], a[high.y], b);
    (*sum).r[6] = row((*sum).r[6], a[high.z], b);
    (*sum).r[7] = row((*sum).r[7], a[high.w], b);
  } else {
    column(sum, a_column(at.low.x, k), a_column(at.high.x, k), b[0]);
    column(sum, a_column(at.low.x, k + 1u), a_column(at.high.x, k + 1u), b[1]);
    column(sum, a_column(at.low.x, k + 2u), a_column(at.high.x, k + 2u), b[2]);
    column(sum, a_column(at.low.x, k + 3u), a_column(at.high.x, k + 3u), b[3]);
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
