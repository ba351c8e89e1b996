// Two tensors joined, one number an invocation.
alias Element = f32;
#include "concat/pair.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  join(flat_index(id, workgroups, 64u));
}
