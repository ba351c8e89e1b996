// Matmul with workgroup tiles in shared memory (formula: epilogue.wgsl; operands: operands.wgsl). For GPUs: each element of
// A and B is read from memory once a tile of 64.
//
// A workgroup of 16×16 computes 64 rows by 64 columns, 16 deep at a time; an invocation owns 4 rows and 4 columns.
// Dispatch: x = ceil(n/64), y = ceil(m/64), z = batches.
#parameter weights f32 f16 bf16 q8_0 q4_0
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "common/register_rows.wgsl"
#include "matmul/second.wgsl"

// Quads of the current slices: a_slice[k][m/4], b_slice[k][n/4].
var<workgroup> a_slice: array<array<vec4<f32>, 16>, 16>;
var<workgroup> b_slice: array<array<vec4<f32>, 16>, 16>;

// A[m..m+3, k+i] for i in 0..3: transposed from four rows, or four quads of stored columns. Past the end: a valid element.
fn a_quads(offset: u32, m: u32, k: u32) -> array<vec4<f32>, 4> {
  let last = params.m - 1u;
  if (A_ROWS) {
    let i = offset + min(k, params.k - 4u);
    let t = transpose(mat4x4(
      a[(i + min(m, last) * params.a_m) / 4u],
      a[(i + min(m + 1u, last) * params.a_m) / 4u],
      a[(i + min(m + 2u, last) * params.a_m) / 4u],
      a[(i + min(m + 3u, last) * params.a_m) / 4u],
    ));
    return array(t[0], t[1], t[2], t[3]);
  }
  let i = offset + min(m, params.m - 4u);
  let deepest = params.k - 1u;
  return array(
    a[(i + min(k, deepest) * params.a_k) / 4u],
    a[(i + min(k + 1u, deepest) * params.a_k) / 4u],
    a[(i + min(k + 2u, deepest) * params.a_k) / 4u],
    a[(i + min(k + 3u, deepest) * params.a_k) / 4u],
  );
}

fn multiply_slice(sum: ptr<function, array<vec4<f32>, 4>>, a: vec4<f32>, b: vec4<f32>) {
  (*sum)[0] += a.x * b;
  (*sum)[1] += a.y * b;
  (*sum)[2] += a.z * b;
  (*sum)[3] += a.w * b;
}

fn multiply(group: vec3<u32>, local: u32) {
  let offset = batch_offsets(group.z);
  let x = local % 16u;
  let y = local / 16u;
  let m = group.y * 64u;
  let n = group.x * 64u;
  // 64 invocations fetch a 4×4 block of A each, another 64 one of B.
  let block_quad = local % 16u;
  let block_k = (local / 16u) % 4u * 4u;
  var sum: array<vec4<f32>, 4>;
  for (var k = 0u; k < params.k; k += 16u) {
    if (local < 64u) {
      let block = a_quads(offset.a, m + block_quad * 4u, k + block_k);
      let depth = params.k - min(params.k, k + block_k);
      a_slice[block_k][block_quad] = select(vec4<f32>(), block[0], depth > 0u);
      a_slice[block_k + 1u][block_quad] = select(vec4<f32>(), block[1], depth > 1u);
      a_slice[block_k + 2u][block_quad] = select(vec4<f32>(), block[2], depth > 2u);
      a_slice[block_k + 3u][block_quad] = select(vec4<f32>(), block[3], depth > 3u);
    } else if (local < 128u) {
      let block = b_tile(offset.b, k + block_k, n + block_quad * 4u);
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
    let b = b2_tile(offset.b2, r, n + x * 4u);
    sum[0] = row(sum[0], a2_row(offset.a2, m + y * 4u, r), b);
    sum[1] = row(sum[1], a2_row(offset.a2, m + y * 4u + 1u, r), b);
    sum[2] = row(sum[2], a2_row(offset.a2, m + y * 4u + 2u, r), b);
    sum[3] = row(sum[3], a2_row(offset.a2, m + y * 4u + 3u, r), b);
  }
  let bias = load_bias4(offset.bias, min(n + x * 4u, params.n - 4u));
  store4(offset.out, m + y * 4u, n + x * 4u, sum[0], bias);
  store4(offset.out, m + y * 4u + 1u, n + x * 4u, sum[1], bias);
  store4(offset.out, m + y * 4u + 2u, n + x * 4u, sum[2], bias);
  store4(offset.out, m + y * 4u + 3u, n + x * 4u, sum[3], bias);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
