// Matmul by subgroup broadcasts (formula: epilogue.wgsl; operands: operands.wgsl). For adapters where memory access is
// dear and arithmetic is not: CPU drivers, whose loads go lane by lane. Needs subgroups of at least 8.
//
// A lane owns 4 columns and 16 rows, walked 4 deep. Each of 8 lanes fetches a quad of A and broadcasts it to the others.
// Dispatch: x = ceil(n/(4·WORKGROUP)), y = ceil(m/16), z = batches. WORKGROUP: 8, or 32 for wide subgroups.
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "common/subgroup_rows.wgsl"
override WORKGROUP: u32;

// Lane i of 8 loads what all of them need of A[m..m+7, k..k+3]: row i, or half of column i/2. Zero past the end of k.
fn load_a(offset: u32, m: u32, k: u32, lane: u32) -> vec4<f32> {
  if (A_ROWS) { return a[(offset + min(m + lane, params.m - 1u) * params.a_m + k) / 4u]; }
  let column = k + lane / 2u;
  let row = min(m + 4u * (lane % 2u), params.m - 4u);
  let value = a[(offset + min(column, params.k - 1u) * params.a_k + row) / 4u];
  return select(vec4<f32>(), value, column < params.k);
}

fn accumulate(sum: ptr<function, Rows>, a: vec4<f32>, b: array<vec4<f32>, 4>) {
  if (A_ROWS) { accumulate_rows(sum, a, b); } else { accumulate_columns(sum, a, b); }
}

fn multiply(group: vec3<u32>, local: u32, lane: u32) {
  let offset = batch_offsets(group.z);
  let m = group.y * 16u;
  let n = (group.x * WORKGROUP + local) * 4u;
  var low: Rows;
  var high: Rows;
  for (var k = 0u; k < params.k; k += 4u) {
    let b = b_tile(offset.b, k, n);
    accumulate(&low, load_a(offset.a, m, k, lane % 8u), b);
    accumulate(&high, load_a(offset.a, m + 8u, k, lane % 8u), b);
  }
  let bias = load_bias4(n);
  store8(offset.out, m, n, low, bias);
  store8(offset.out, m + 8u, n, high, bias);
}
