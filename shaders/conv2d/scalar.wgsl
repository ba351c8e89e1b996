// Convolution for any sizes and precisions (formula: params.wgsl). Each invocation computes one element of y.
// Dispatch: x = ceil(out_h·out_w·out_channels/64), folded over y; z = batch.
#include "conv2d/params.wgsl"
#include "common/index.wgsl"
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  let size = params.out_h * params.out_w * params.out_channels;
  if (i >= size) { return; }
  let o = i % params.out_channels;
  var sum = load_bias(o);
  for (var tap = 0u; tap < params.kernel * params.kernel; tap++) {
    let pixel = source_pixel(i / params.out_channels, tap);
    if (pixel < 0) { continue; }
    let at = (id.z * params.h * params.w + u32(pixel)) * params.channels;
    for (var c = 0u; c < params.channels; c++) {
      let j = (tap * params.channels + c) * params.out_channels + o;
      var value = x[at + c];
      if (HAS_MASK) { value = select(0.0, value, mask[at + c] > 0.0); }
      sum += value * unpack_weight(b[weight_word(j)], j);
    }
  }
  let at = id.z * size + i;
  if (HAS_RESIDUAL) { sum += residual[at]; }
  out[at] = select(sum, max(sum, 0.0), RELU);
}
