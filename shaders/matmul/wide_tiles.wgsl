// What matmuls with large tiles share (wide.wgsl): BQuad is how B lies in shared memory, b_block four of its rows.
#include "matmul/tiles.wgsl"
#include "matmul/eight_rows.wgsl"

// Slices of 8 of k, the current one and the next, whose quads are fetched while the current one is multiplied:
// a_slices[k mod 16][m/4], b_slices[k mod 16][n/4]. Together at most the 16 KiB that every adapter has.
var<workgroup> a_slices: array<array<vec4<f32>, 32>, 16>;
var<workgroup> b_slices: array<array<BQuad, 32>, 16>;
const DEPTH = 8u;

// 64 invocations fetch a 4×4 block of A each, another 64 one of B.
fn fetch(own: Entry, m: u32, n: u32, k: u32, local: u32) {
  let quad = local % 32u;
  let depth = k + local / 32u % 2u * 4u;
  let at = depth % 16u;
  if (k >= params.k) { return; }
  if (local < 64u) {
    let block = a_quads(own, m + quad * 4u, depth);
    let valid = params.k - min(params.k, depth);
    a_slices[at][quad] = select(vec4<f32>(), block[0], valid > 0u);
    a_slices[at + 1u][quad] = select(vec4<f32>(), block[1], valid > 1u);
    a_slices[at + 2u][quad] = select(vec4<f32>(), block[2], valid > 2u);
    a_slices[at + 3u][quad] = select(vec4<f32>(), block[3], valid > 3u);
  } else if (local < 128u) {
    let block = b_block(own.b, depth, n + quad * 4u);
    b_slices[at][quad] = block[0];
    b_slices[at + 1u][quad] = block[1];
    b_slices[at + 2u][quad] = block[2];
    b_slices[at + 3u][quad] = block[3];
  }
}

fn multiply(group: vec3<u32>, local: u32) {
  let own = entry(group.z);
  let m = group.y * 128u;
  let n = group.x * 128u;
  if (m >= own.m) { return; }
  let y = local / 16u * 2u;
  let x = local % 16u;
  var left: Rows;
  var right: Rows;
  fetch(own, m, n, 0u, local);
  workgroupBarrier();
  for (var k = 0u; k < params.k; k += DEPTH) {
    fetch(own, m, n, k + DEPTH, local);
    for (var i = 0u; i < min(DEPTH, params.k - k); i++) {
      let at = (k + i) % 16u;
      let low = a_slices[at][y];
      let high = a_slices[at][y + 1u];
      column(&left, low, high, vec4<f32>(b_slices[at][x]));
      column(&right, low, high, vec4<f32>(b_slices[at][16u + x]));
    }
    workgroupBarrier();
  }
  let row = m + y * 4u;
  finish(&left, own, row, n + x * 4u);
  finish(&right, own, row, n + 64u + x * 4u);
}

fn finish(sum: ptr<function, Rows>, own: Entry, m: u32, n: u32) {
  if (n >= params.n) { return; }
  add_second(sum, own, m, n);
  store8(own, m, n, *sum, load_bias4(own.bias, n));
}
