// Matmul with register tiles only (formula: epilogue.wgsl; operands: operands.wgsl): no barrier, no subgroups, no shared
// memory. For drivers where those are dear or missing, and for few rows.
//
// An invocation owns 8 rows and 4 columns, walked 4 deep; a workgroup covers 8 rows and 128 columns.
// Dispatch: x = ceil(n/128), y = ceil(m/8), z = batches.
#parameter weights f32 f16 bf16 q8_0 q4_0
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "common/register_rows.wgsl"
#include "matmul/second.wgsl"

// A[m, k..k+3]; past the last row: that row again.
fn a_row(offset: u32, m: u32, k: u32) -> vec4<f32> {
  return a[(offset + min(m, params.m - 1u) * params.a_m + k) / 4u];
}

// A[m..m+3, k]; zero past the end of k.
fn a_column(offset: u32, m: u32, k: u32) -> vec4<f32> {
  let value = a[(offset + min(k, params.k - 1u) * params.a_k + min(m, params.m - 4u)) / 4u];
  return select(vec4<f32>(), value, k < params.k);
}

fn multiply(group: vec3<u32>, local: u32) {
  let offset = batch_offsets(group.z);
  let m = group.y * 8u;
  let n = (group.x * 32u + local) * 4u;
  if (n >= params.n) { return; }
  var sum: Rows;
  for (var k = 0u; k < params.k; k += 4u) {
    let b = b_tile(offset.b, k, n);
    if (A_ROWS) {
      sum.r[0] = row(sum.r[0], a_row(offset.a, m, k), b);
      sum.r[1] = row(sum.r[1], a_row(offset.a, m + 1u, k), b);
      sum.r[2] = row(sum.r[2], a_row(offset.a, m + 2u, k), b);
      sum.r[3] = row(sum.r[3], a_row(offset.a, m + 3u, k), b);
      sum.r[4] = row(sum.r[4], a_row(offset.a, m + 4u, k), b);
      sum.r[5] = row(sum.r[5], a_row(offset.a, m + 5u, k), b);
      sum.r[6] = row(sum.r[6], a_row(offset.a, m + 6u, k), b);
      sum.r[7] = row(sum.r[7], a_row(offset.a, m + 7u, k), b);
    } else {
      column(&sum, a_column(offset.a, m, k), a_column(offset.a, m + 4u, k), b[0]);
      column(&sum, a_column(offset.a, m, k + 1u), a_column(offset.a, m + 4u, k + 1u), b[1]);
      column(&sum, a_column(offset.a, m, k + 2u), a_column(offset.a, m + 4u, k + 2u), b[2]);
      column(&sum, a_column(offset.a, m, k + 3u), a_column(offset.a, m + 4u, k + 3u), b[3]);
    }
  }
  for (var r = 0u; r < RANK; r += 4u) {
    let b = b2_tile(offset.b2, r, n);
    sum.r[0] = row(sum.r[0], a2_row(offset.a2, m, r), b);
    sum.r[1] = row(sum.r[1], a2_row(offset.a2, m + 1u, r), b);
    sum.r[2] = row(sum.r[2], a2_row(offset.a2, m + 2u, r), b);
    sum.r[3] = row(sum.r[3], a2_row(offset.a2, m + 3u, r), b);
    sum.r[4] = row(sum.r[4], a2_row(offset.a2, m + 4u, r), b);
    sum.r[5] = row(sum.r[5], a2_row(offset.a2, m + 5u, r), b);
    sum.r[6] = row(sum.r[6], a2_row(offset.a2, m + 6u, r), b);
    sum.r[7] = row(sum.r[7], a2_row(offset.a2, m + 7u, r), b);
  }
  store8(offset.out, m, n, sum, load_bias4(offset.bias, n));
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
