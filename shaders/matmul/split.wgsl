// Matmul of few outputs and a long k (formula: epilogue.wgsl; operands: operands.wgsl), the gradients of LoRA factors. For GPUs:
// k is split among the invocations of a workgroup, which add up what they have in shared memory.
//
// A workgroup computes 8 rows by 4 columns; an invocation takes every 64th four of k.
// Dispatch: x = ceil(n/4), y = ceil(m/8), z = batches.
#parameter weights
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "matmul/eight_rows.wgsl"
const LANES = 64u;
var<workgroup> sums: array<Rows, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let own = entry(group.z);
  let m = group.y * 8u;
  let n = group.x * 4u;
  if (m >= own.m) { return; }
  var sum: Rows;
  let at = begins(own, m, n);
  for (var k = 4u * lane; k < params.k; k += 4u * LANES) { add_four(&sum, at, k); }
  if (lane == 0u) { add_second(&sum, own, m, n); }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half >>= 1u) {
    if (lane < half) {
      for (var r = 0u; r < 8u; r++) { sums[lane].r[r] += sums[lane + half].r[r]; }
    }
    workgroupBarrier();
  }
  if (lane < 8u) { store4(own, m + lane, n, sums[0].r[lane], load_bias4(own.bias, n)); }
}
