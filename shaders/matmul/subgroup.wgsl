// Matmul by subgroup broadcasts (formula: epilogue.wgsl). For adapters where memory access is
// dear and arithmetic is not: CPU drivers, whose loads go lane by lane. Needs subgroups of at least 8.
//
// load_a, b_tile and add_second: operands_subgroup.wgsl or operands_any.wgsl. A lane owns 4 columns and 16 rows, walked 4 deep. Each of 8 lanes fetches a quad of A and broadcasts it to the others.
// Dispatch: x = ceil(n/(4·WORKGROUP)), y = ceil(m/16), z = batches. WORKGROUP: 8, or 32 for wide subgroups.
#include "matmul/epilogue.wgsl"
#include "common/subgroup_rows.wgsl"
override WORKGROUP: u32;

fn accumulate(sum: ptr<function, Rows>, a: vec4<f32>, b: array<vec4<f32>, 4>) {
  if (A_ROWS) { accumulate_rows(sum, a, b); } else { accumulate_columns(sum, a, b); }
}

fn multiply(group: vec3<u32>, local: u32, lane: u32) {
  let own = entry(group.z);
  let m = group.y * 16u;
  if (m >= own.m) { return; }
  let n = (group.x * WORKGROUP + local) * 4u;
  var low: Rows;
  var high: Rows;
  for (var k = 0u; k < params.k; k += 4u) {
    let b = b_tile(own.b, k, n);
    accumulate(&low, load_a(own, m, k, lane % 8u), b);
    accumulate(&high, load_a(own, m + 8u, k, lane % 8u), b);
  }
  add_second(own, &low, &high, m, n, lane % 8u);
  let bias = load_bias4(own.bias, n);
  store8(own, m, n, low, bias);
  store8(own, m + 8u, n, high, bias);
}
