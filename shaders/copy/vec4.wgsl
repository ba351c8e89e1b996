// Strided copy in fours: sizes, strides and offsets count groups of four numbers.
#include "common/index.wgsl"
#include "copy/block.wgsl"
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  let place = places(i);
  out[place.y] = x[place.x];
}
