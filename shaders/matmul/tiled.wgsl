// Matmul with workgroup tiles in shared memory (formula: epilogue.wgsl; operands: operands.wgsl). For GPUs: each element of
// A and B is read from memory once a tile of 64.
//
// A workgroup of 16×16 computes 64 rows by 64 columns, 16 deep at a time; an invocation owns 4 rows and 4 columns.
// Dispatch: x = ceil(n/64), y = ceil(m/64), z = batches.
#parameter weights
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "matmul/tiles.wgsl"
#include "common/register_rows.wgsl"
#include "matmul/second.wgsl"

// Quads of the current slices: a_slice[k][m/4], b_slice[k][n/4].
var<workgroup> a_slice: array<array<vec4<f32>, 16>, 16>;
var<workgroup> b_slice: array<array<vec4<f32>, 16>, 16>;

fn multiply_slice(sum: ptr<function, array<vec4<f32>, 4>>, a: vec4<f32>, b: vec4<f32>) {
  (*sum)[0] += a.x * b;
  (*sum)[1] += a.y * b;
  (*sum)[2] += a.z * b;
  (*sum)[3] += a.w * b;
}

fn multiply(group: vec3<u32>, local: u32) {
  let own = entry(group.z);
  let x = local % 16u;
  let y = local / 16u;
  let m = group.y * 64u;
  if (m >= own.m) { return; }
  let n = group.x * 64u;
  // 64 invocations fetch a 4×4 block of A each, another 64 one of B.
  let block_quad = local % 16u;
  let block_k = (local / 16u) % 4u * 4u;
  var sum: array<vec4<f32>, 4>;
  for (var k = 0u; k < params.k; k += 16u) {
    if (local < 64u) {
      let block = a_quads(own, m + block_quad * 4u, k + block_k);
      let depth = params.k - min(params.k, k + block_k);
      a_slice[block_k][block_quad] = select(vec4<f32>(), block[0], depth > 0u);
      a_slice[block_k + 1u][block_quad] = select(vec4<f32>(), block[1], depth > 1u);
      a_slice[block_k + 2u][block_quad] = select(vec4<f32>(), block[2], depth > 2u);
      a_slice[block_k + 3u][block_quad] = select(vec4<f32>(), block[3], depth > 3u);
    } else if (local < 128u) {
      let block = b_tile(own.b, k + block_k, n + block_quad * 4u);
      b_slice[block_k][block_quad] = block[0];
      b_slice[block_k + 1u][block_quad] = block[1];
      b_slice[block_k + 2u][block_quad] = block[2];
      b_slice[block_k + 3u][block_quad] = block[3];
    }
    workgroupBarrier();
    for (var i = 0u; i < min(16u, params.k - k); i += 4u) {
      multiply_slice(&sum, a_slice[i][y], b_slice[i][x]);
      multiply_slice(&sum, a_slice[i + 1u][y], b_slice[i + 1u][x]);
      multiply_slice(&sum, a_slice[i + 2u][y], b_slice[i + 2u][x]);
      multiply_slice(&sum, a_slice[i + 3u][y], b_slice[i + 3u][x]);
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < RANK; r += 4u) {
    let b = b2_tile(own.b2, r, n + x * 4u);
    sum[0] = row(sum[0], a2_row(own, m + y * 4u, r), b);
    sum[1] = row(sum[1], a2_row(own, m + y * 4u + 1u, r), b);
    sum[2] = row(sum[2], a2_row(own, m + y * 4u + 2u, r), b);
    sum[3] = row(sum[3], a2_row(own, m + y * 4u + 3u, r), b);
  }
  let bias = load_bias4(own.bias, min(n + x * 4u, params.n - 4u));
  store4(own, m + y * 4u, n + x * 4u, sum[0], bias);
  store4(own, m + y * 4u + 1u, n + x * 4u, sum[1], bias);
  store4(own, m + y * 4u + 2u, n + x * 4u, sum[2], bias);
  store4(own, m + y * 4u + 3u, n + x * 4u, sum[3], bias);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
