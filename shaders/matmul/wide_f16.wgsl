// Matmul with large tiles (wide.wgsl) whose B, a frozen weight in f16, is f16 in shared memory too: half the traffic, the same
// numbers. A and the sums are f32: activations rounded to f16 would be 2e-4 off, and gradients with them.
enable f16;
#include "common/weights_f16.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
alias BQuad = vec4<f16>;

fn b_block(offset: u32, k: u32, n: u32) -> array<BQuad, 4> {
  let block = b_tile(offset, k, n);
  return array(BQuad(block[0]), BQuad(block[1]), BQuad(block[2]), BQuad(block[3]));
}
#include "matmul/wide_tiles.wgsl"

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
