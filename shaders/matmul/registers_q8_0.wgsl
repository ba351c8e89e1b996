// Matmul with register tiles, B in Q8_0: see registers.wgsl.
#include "common/weights_q8_0.wgsl"
#include "matmul/registers.wgsl"
#include "matmul/store_quads.wgsl"

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
