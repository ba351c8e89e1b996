// What matmuls with large tiles share (wide.wgsl): BQuad is how B lies in shared memory, b_block four of its rows.
#include "matmul/tiles.wgsl"
#include "matmul/eight_rows.wgsl"

// Quads of the current slices: a_slice[k][m/4], b_slice[k][n/4]. Together at most the 16 KiB that every adapter has.
var<workgroup> a_slice: array<array<vec4<f32>, 32>, 16>;
var<workgroup> b_slice: array<array<BQuad, 32>, 16>;

fn multiply(group: vec3<u32>, local: u32) {
  let own = entry(group.z);
  let m = group.y * 128u;
  let n = group.x * 128u;
  if (m >= own.m) { return; }
  let row = m + local / 16u * 8u;
  let x = local % 16u;
  // 128 invocations fetch a 4×4 block of A each, the other 128 one of B.
  let quad = local % 32u;
  let depth = local / 32u % 4u * 4u;
  var left: Rows;
  var right: Rows;
  for (var k = 0u; k < params.k; k += 16u) {
    if (local < 128u) {
      let block = a_quads(own, m + quad * 4u, k + depth);
      let valid = params.k - min(params.k, k + depth);
      a_slice[depth][quad] = select(vec4<f32>(), block[0], valid > 0u);
      a_slice[depth + 1u][quad] = select(vec4<f32>(), block[1], valid > 1u);
      a_slice[depth + 2u][quad] = select(vec4<f32>(), block[2], valid > 2u);
      a_slice[depth + 3u][quad] = select(vec4<f32>(), block[3], valid > 3u);
    } else {
      let block = b_block(own.b, k + depth, n + quad * 4u);
      b_slice[depth][quad] = block[0];
      b_slice[depth + 1u][quad] = block[1];
      b_slice[depth + 2u][quad] = block[2];
      b_slice[depth + 3u][quad] = block[3];
    }
    workgroupBarrier();
    for (var i = 0u; i < min(16u, params.k - k); i++) {
      let low = a_slice[i][local / 16u * 2u];
      let high = a_slice[i][local / 16u * 2u + 1u];
      column(&left, low, high, vec4<f32>(b_slice[i][x]));
      column(&right, low, high, vec4<f32>(b_slice[i][16u + x]));
    }
    workgroupBarrier();
  }
  finish(&left, own, row, n + x * 4u);
  finish(&right, own, row, n + 64u + x * 4u);
}

fn finish(sum: ptr<function, Rows>, own: Entry, m: u32, n: u32) {
  if (n >= params.n) { return; }
  add_second(sum, own, m, n);
  store8(own, m, n, *sum, load_bias4(own.bias, n));
}
