// out = max(−A ρ, −A clip(ρ, 1 ± clip)), ρ = exp(logp − old)
#include "common/index.wgsl"
struct Params {
  size: u32,
  clip: f32,
  unmoved: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logp: array<f32>;
@group(0) @binding(2) var<storage, read> old: array<f32>;
@group(0) @binding(3) var<storage, read> advantage: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.size) { return; }
  let ratio = select(exp(logp[i] - old[i]), 1.0, old[i] == params.unmoved);
  let a = advantage[i];
  out[i] = max(-a * ratio, -a * clamp(ratio, 1.0 - params.clip, 1.0 + params.clip));
}
