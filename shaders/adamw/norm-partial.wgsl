// First stage of the gradients' norm: each workgroup's share of Σ g², in a fixed order, and whether one of its
// gradients is not finite.
#include "common/workgroup-sum.wgsl"
struct Params {
  count: u32,
  first: u32, // where this dispatch's workgroups write
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2<f32>>; // Σ g², gradients that are not finite

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  var square = 0.0;
  var broken = 0.0;
  for (var i = group.x * 64u + lane; i < params.count; i += workgroups.x * 64u) {
    let g = gradients[i];
    // By its bits: a compiler may assume that comparisons never see infinities or NaN.
    if ((bitcast<u32>(g) & 0x7f800000u) == 0x7f800000u) {
      broken += 1.0;
    } else {
      square += g * g;
    }
  }
  square = workgroup_sum(square, lane);
  broken = workgroup_sum(broken, lane);
  if (lane == 0u) { partials[params.first + group.x] = vec2<f32>(square, broken); }
}
