// Blocks of A for tiles in shared memory (operands: operands.wgsl).

// A[m..m+3, k+i] for i in 0..3: transposed from four rows, or four quads of stored columns. Past the end: a valid element.
fn a_quads(own: Entry, m: u32, k: u32) -> array<vec4<f32>, 4> {
  let last = own.m - 1u;
  if (A_ROWS) {
    let i = own.a + min(k, params.k - 4u);
    let t = transpose(mat4x4(
      a[(i + min(m, last) * params.a_m) / 4u],
      a[(i + min(m + 1u, last) * params.a_m) / 4u],
      a[(i + min(m + 2u, last) * params.a_m) / 4u],
      a[(i + min(m + 3u, last) * params.a_m) / 4u],
    ));
    return array(t[0], t[1], t[2], t[3]);
  }
  let i = own.a + min(m, own.m - 4u);
  let deepest = params.k - 1u;
  return array(
    a[(i + min(k, deepest) * params.a_k) / 4u],
    a[(i + min(k + 1u, deepest) * params.a_k) / 4u],
    a[(i + min(k + 2u, deepest) * params.a_k) / 4u],
    a[(i + min(k + 3u, deepest) * params.a_k) / 4u],
  );
}
