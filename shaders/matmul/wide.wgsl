// Matmul with large tiles in shared memory (formula: epilogue.wgsl; operands: operands.wgsl). For GPUs and large products:
// an invocation does 64 multiplications for 4 loads from shared memory, twice as many as with tiled.wgsl.
//
// A workgroup of 16×16 computes 128 rows by 128 columns, 8 deep at a time, and fetches the next 8 meanwhile; an invocation
// owns 8 rows and twice 4 columns.
// Dispatch: x = ceil(n/128), y = ceil(m/128), z = batches.
#parameter weights
#include "common/weights_{weights}.wgsl"
#include "matmul/store_quads.wgsl"
#include "matmul/epilogue.wgsl"
#include "matmul/operands.wgsl"
alias BQuad = vec4<f32>;

fn b_block(offset: u32, k: u32, n: u32) -> array<BQuad, 4> {
  return b_tile(offset, k, n);
}
#include "matmul/wide_tiles.wgsl"

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
