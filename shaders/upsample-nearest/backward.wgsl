// dx[b, h, w, c] = Σ of dy over the factor × factor block that x[b, h, w, c] was repeated to.
#include "common/index.wgsl"
struct Params {
  count: u32,
  width: u32,
  channels: u32,
  factor: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  let c = i % params.channels;
  let w = (i / params.channels) % params.width;
  let row = i / (params.channels * params.width); // b · height + h
  let f = params.factor;
  var sum = f32(0.0);
  for (var y = 0u; y < f; y++) {
    let start = ((row * f + y) * params.width + w) * f;
    for (var z = 0u; z < f; z++) {
      sum += dy[(start + z) * params.channels + c];
    }
  }
  dx[i] = sum;
}
