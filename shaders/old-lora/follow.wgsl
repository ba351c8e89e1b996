// old ← keeps·old + (1 − keeps)·trained
#include "common/index.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> settings: array<f32>; // keeps
@group(0) @binding(2) var<storage, read> trained: array<f32>;
@group(0) @binding(3) var<storage, read_write> old: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  old[i] = settings[0] * old[i] + (1.0 - settings[0]) * trained[i];
}
