// Matmul by subgroup broadcasts (formula: epilogue.wgsl; operands: operands.wgsl). For adapters where memory access is
// dear and arithmetic is not: CPU drivers, whose loads go lane by lane. Needs subgroups of at least 8.
//
// A lane owns 4 columns and 16 rows, walked 4 deep. Each of 8 lanes fetches a quad of A and broadcasts it to the others.
// Dispatch: x = ceil(n/(4·WORKGROUP)), y = ceil(m/16), z = batches. WORKGROUP: 8, or 32 for wide subgroups.
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
override WORKGROUP: u32;

struct Rows {
  r: array<vec4<f32>, 8>,
}

// Lane i of 8 loads what all of them need of A[m..m+7, k..k+3]: row i, or half of column i/2. Zero past the end of k.
fn load_a(offset: u32, m: u32, k: u32, lane: u32) -> vec4<f32> {
  if (A_ROWS) { return a[(offset + min(m + lane, params.m - 1u) * params.a_m + k) / 4u]; }
  let column = k + lane / 2u;
  let row = min(m + 4u * (lane % 2u), params.m - 4u);
  let value = a[(offset + min(column, params.k - 1u) * params.a_k + row) / 4u];
  return select(vec4<f32>(), value, column < params.k);
}

// One row's four products.
fn row(sum: vec4<f32>, a: vec4<f32>, b: array<vec4<f32>, 4>) -> vec4<f32> {
  return sum + a.x * b[0] + a.y * b[1] + a.z * b[2] + a.w * b[3];
}

// The products of one k: rows 0–3 in `low`, 4–7 in `high`.
fn column(sum: ptr<function, Rows>, low: vec4<f32>, high: vec4<f32>, b: vec4<f32>) {
  (*sum).r[0] += low.x * b;
  (*sum).r[1] += low.y * b;
  (*sum).r[2] += low.z * b;
  (*sum).r[3] += low.w * b;
  (*sum).r[4] += high.x * b;
  (*sum).r[5] += high.y * b;
  (*sum).r[6] += high.z * b;
  (*sum).r[7] += high.w * b;
}

fn accumulate(sum: ptr<function, Rows>, a: vec4<f32>, b: array<vec4<f32>, 4>) {
  if (A_ROWS) {
    (*sum).r[0] = row((*sum).r[0], subgroupBroadcast(a, 0u), b);
    (*sum).r[1] = row((*sum).r[1], subgroupBroadcast(a, 1u), b);
    (*sum).r[2] = row((*sum).r[2], subgroupBroadcast(a, 2u), b);
    (*sum).r[3] = row((*sum).r[3], subgroupBroadcast(a, 3u), b);
    (*sum).r[4] = row((*sum).r[4], subgroupBroadcast(a, 4u), b);
    (*sum).r[5] = row((*sum).r[5], subgroupBroadcast(a, 5u), b);
    (*sum).r[6] = row((*sum).r[6], subgroupBroadcast(a, 6u), b);
    (*sum).r[7] = row((*sum).r[7], subgroupBroadcast(a, 7u), b);
  } else {
    column(sum, subgroupBroadcast(a, 0u), subgroupBroadcast(a, 1u), b[0]);
    column(sum, subgroupBroadcast(a, 2u), subgroupBroadcast(a, 3u), b[1]);
    column(sum, subgroupBroadcast(a, 4u), subgroupBroadcast(a, 5u), b[2]);
    column(sum, subgroupBroadcast(a, 6u), subgroupBroadcast(a, 7u), b[3]);
  }
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
  for (var i = 0u; i < 8u; i++) {
    store4(offset.out, m + i, n, low.r[i]);
    store4(offset.out, m + 8u + i, n, high.r[i]);
  }
}
