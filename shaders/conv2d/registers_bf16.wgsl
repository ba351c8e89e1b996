// Convolution with register tiles, weights in bf16: see registers.wgsl.
#include "common/weights_bf16.wgsl"
#include "conv2d/registers.wgsl"
#include "conv2d/input_quads.wgsl"

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  convolve(group, local);
}
