// Four-wide access to A and B for the vector kernels. Which stride is 1 is fixed by two flags:
//
//   A_ROWS: a_k = 1, A is stored row by row (activations); else a_m = 1, the transpose is (left side of a weight gradient)
//   B_ROWS: b_n = 1, B is stored row by row; else b_k = 1, the transpose is (a linear's weight [N, K], keys)
//
// All offsets and the other strides are multiples of 4, as are n (B_ROWS) and k (A_ROWS or not B_ROWS), m (not A_ROWS).
override A_ROWS: bool;
override B_ROWS: bool;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;

// B[k+i, n+j] for i, j in 0..3 as four rows. Past the end: some valid element.
fn b_tile(offset: u32, k: u32, n: u32) -> array<vec4<f32>, 4> {
  if (B_ROWS) {
    let i = offset + min(n, params.n - 4u);
    let last = params.k - 1u;
    return array(
      load_b4((i + min(k, last) * params.b_k) / 4u),
      load_b4((i + min(k + 1u, last) * params.b_k) / 4u),
      load_b4((i + min(k + 2u, last) * params.b_k) / 4u),
      load_b4((i + min(k + 3u, last) * params.b_k) / 4u),
    );
  }
  let i = offset + min(k, params.k - 4u);
  let last = params.n - 1u;
  let t = transpose(mat4x4(
    load_b4((i + min(n, last) * params.b_n) / 4u),
    load_b4((i + min(n + 1u, last) * params.b_n) / 4u),
    load_b4((i + min(n + 2u, last) * params.b_n) / 4u),
    load_b4((i + min(n + 3u, last) * params.b_n) / 4u),
  ));
  return array(t[0], t[1], t[2], t[3]);
}
