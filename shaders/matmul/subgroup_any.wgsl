// Matmul by subgroup broadcasts for any strides, sizes and precisions: see subgroup.wgsl and operands_any.wgsl.
enable subgroups;
#include "matmul/subgroup.wgsl"
#include "matmul/operands_any.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  multiply(group, local, lane);
}
