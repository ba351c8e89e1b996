// Convolution by subgroup broadcasts, weights in f16: see subgroup.wgsl.
enable subgroups;
#include "common/weights_f16.wgsl"
#include "conv2d/subgroup.wgsl"
#include "conv2d/input_quads.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  convolve(group, local, lane);
}
