// The frame of a pointwise kernel: calls element(i), of the file that includes it, for every i below params.count.
// An invocation computes one element, or several that lie a workgroup apart (src/ops/pointwise.ts).
#include "common/index.wgsl"
override PER_INVOCATION: u32 = 1u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = flat_index(workgroup, workgroups, 1u) * PER_INVOCATION * 64u + lane;
  for (var k = 0u; k < PER_INVOCATION; k++) {
    let i = first + k * 64u;
    if (i >= params.count) { break; }
    element(i);
  }
}
