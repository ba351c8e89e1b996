// Matmul by subgroup broadcasts, B in any storage type, four elements at a time: see subgroup.wgsl.
enable subgroups;
#parameter weights
#include "common/weights_{weights}.wgsl"
#include "matmul/subgroup.wgsl"
#include "matmul/operands_subgroup.wgsl"
#include "matmul/store_quads.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  multiply(group, local, lane);
}
