// Matmul with workgroup tiles, B in Q8_0: see tiled.wgsl.
#include "common/weights_q8_0.wgsl"
#include "matmul/tiled.wgsl"
#include "matmul/store_quads.wgsl"

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  multiply(group, local);
}
