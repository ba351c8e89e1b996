// Second stage: the norm, the factor that clips it (torch.nn.utils.clip_grad_norm_) and whether to update at all.
#include "common/workgroup-sum.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> settings: array<f32>; // see src/lora/adamw.ts
@group(0) @binding(3) var<storage, read_write> norm: array<f32>; // norm, clipping factor, 1 where the norm is finite

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var square = 0.0;
  var broken = 0.0;
  for (var i = lane; i < params.count; i += 64u) {
    square += partials[i].x;
    broken += partials[i].y;
  }
  square = workgroup_sum(square, lane);
  broken = workgroup_sum(broken, lane);
  if (lane == 0u) {
    let finite = broken == 0.0 && (bitcast<u32>(square) & 0x7f800000u) != 0x7f800000u;
    let length = sqrt(square);
    norm[0] = length;
    norm[1] = min(1.0, settings[0] / (length + 1e-6));
    norm[2] = select(0.0, 1.0, finite);
  }
}
