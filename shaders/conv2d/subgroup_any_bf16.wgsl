// Convolution by subgroup broadcasts, any number of input channels, weights in bf16: see subgroup.wgsl.
enable subgroups;
#include "common/weights_bf16.wgsl"
#include "conv2d/subgroup.wgsl"
#include "conv2d/input_any.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  convolve(group, local, lane);
}
