// One AdamW update (torch.optim.AdamW; Loshchilov & Hutter, algorithm 2) of every parameter:
//   p ← p (1 − lr λ);  m ← m + (1 − β₁)(g − m);  v ← β₂ v + (1 − β₂) g²
//   p ← p − lr / (1 − β₁ⁿ) · m / (√v / √(1 − β₂ⁿ) + ε)
// with g the clipped gradient. Nothing changes where the norm was not finite.
#include "common/index.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> settings: array<f32>; // see src/lora/adamw.ts
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(0) @binding(3) var<storage, read> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(6) var<storage, read_write> second_moment: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count || norm[2] == 0.0) { return; }
  let decay = settings[1];
  let step_size = settings[2];
  let correction = settings[3];
  let one_minus_beta1 = settings[4];
  let beta2 = settings[5];
  let one_minus_beta2 = settings[6];
  let epsilon = settings[7];
  let g = gradients[i] * norm[1];
  let m = first_moment[i] + one_minus_beta1 * (g - first_moment[i]);
  let v = beta2 * second_moment[i] + one_minus_beta2 * g * g;
  first_moment[i] = m;
  second_moment[i] = v;
  parameters[i] = parameters[i] * decay - step_size * (m / (sqrt(v) / correction + epsilon));
}
