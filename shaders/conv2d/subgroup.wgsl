// Convolution by subgroup broadcasts (formula: params.wgsl, idea: common/subgroup_rows.wgsl). Needs subgroups of at least 8.
//
// A lane owns 4 output channels of 16 neighbouring pixels. Each of 8 lanes fetches 4 channels of two input pixels.
// Dispatch: x = ceil(out_h·out_w/16), y = ceil(out_channels/(4·WORKGROUP)), z = batch. WORKGROUP: 8, or 32.
enable subgroups;
#parameter weights f32 f16 bf16
#parameter input quads any
#include "common/weights_{weights}.wgsl"
#include "conv2d/input_{input}.wgsl"
#include "conv2d/params.wgsl"
#include "conv2d/quads.wgsl"
#include "common/subgroup_rows.wgsl"
override WORKGROUP: u32;

// Eight pixels from p. Written out, because an array indexed by a variable lives in memory on some drivers.
fn store8(batch: u32, p: u32, o: u32, sum: Rows, bias: vec4<f32>) {
  store4(batch, p, o, sum.r[0] + bias);
  store4(batch, p + 1u, o, sum.r[1] + bias);
  store4(batch, p + 2u, o, sum.r[2] + bias);
  store4(batch, p + 3u, o, sum.r[3] + bias);
  store4(batch, p + 4u, o, sum.r[4] + bias);
  store4(batch, p + 5u, o, sum.r[5] + bias);
  store4(batch, p + 6u, o, sum.r[6] + bias);
  store4(batch, p + 7u, o, sum.r[7] + bias);
}

fn convolve(group: vec3<u32>, local: u32, lane: u32) {
  let last = params.out_h * params.out_w - 1u;
  let p = group.x * 16u;
  let o = (group.y * WORKGROUP + local) * 4u;
  var low: Rows;
  var high: Rows;
  for (var tap = 0u; tap < params.kernel * params.kernel; tap++) {
    let low_pixel = source_pixel(min(p + lane % 8u, last), tap);
    let high_pixel = source_pixel(min(p + 8u + lane % 8u, last), tap);
    for (var c = 0u; c < params.channels; c += 4u) {
      let w = w_tile(tap, c, o);
      accumulate_rows(&low, load_x(group.z, low_pixel, c), w);
      accumulate_rows(&high, load_x(group.z, high_pixel, c), w);
    }
  }
  let bias = load_bias4(o);
  store8(group.z, p, o, low, bias);
  store8(group.z, p + 8u, o, high, bias);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  convolve(group, local, lane);
}
