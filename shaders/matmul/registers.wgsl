// Matmul with register tiles only (formula: epilogue.wgsl; operands: operands.wgsl): no barrier, no subgroups, no shared
// memory. For drivers where those are dear or missing, and for few rows.
//
// An invocation owns 8 rows and 4 columns, walked 4 deep; a workgroup covers 8 rows and 128 columns.
// Dispatch: x = ceil(n/128), y = ceil(m/8), z = batches.
#parameter weights
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
#include "matmul/eight_rows.wgsl"

fn multiply(group: vec3<u32>, local: u32) {
  let own = entry(group.z);
  let m = group.y * 8u;
  let n = (group.x * 32u + local) * 4u;
  if (n >= params.n || m >= own.m) { return; }
  var sum: Rows;
  let at = begins(own, m, n);
  for (var k = 0u; k < params.k; k += 4u) { add_four(&sum, at, k); }
  add_second(&sum, own, m, n);
  store8(own, m, n, sum, load_bias4(own.bias, n));
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
