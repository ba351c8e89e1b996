// out[b, c] = Σ_s a[b, s, c]·b[b, s, c], without b where not WEIGHTED: the adjoint of repeating over the sequence.
#include "common/index.wgsl"
override WEIGHTED: bool;
struct Params {
  count: u32, // batch·width
  length: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  let start = i / params.width * params.length * params.width + i % params.width;
  var sum = 0.0;
  for (var s = 0u; s < params.length; s++) {
    let at = start + s * params.width;
    if (WEIGHTED) { sum += a[at] * b[at]; } else { sum += a[at]; }
  }
  out[i] = sum;
}
