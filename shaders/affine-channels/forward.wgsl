// out[i] = x[i] · scale[c] + shift[c], c = i mod channels. Its own gradient without the shift.
#include "common/index.wgsl"
override SHIFTED: bool = true;
struct Params {
  size: u32,
  channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.size) { return; }
  let c = i % params.channels;
  var value = x[i] * scale[c];
  if (SHIFTED) { value += shift[c]; }
  out[i] = value;
}
