// Convolution with register tiles (formula: params.wgsl). Runs everywhere.
//
// An invocation owns 4 output channels of 8 neighbouring pixels of one row. A workgroup of 32 covers QUADS·4 channels of
// 32/QUADS such runs of pixels, so that few channels leave no invocation idle.
// Dispatch: x = ceil(out_h·ceil(out_w/8) / (32/QUADS)), y = ceil(out_channels/(4·QUADS)), z = batch. QUADS: 1, 2, 4, 8, 16, 32.
#parameter weights f32 f16 bf16
#parameter input quads any
#include "common/weights_{weights}.wgsl"
#include "conv2d/input_{input}.wgsl"
#include "conv2d/params.wgsl"
#include "conv2d/quads.wgsl"
#include "common/register_rows.wgsl"
override QUADS: u32;

fn pixel_in_row(y: i32, x: i32) -> i32 {
  return select(-1, y * i32(params.w) + x, x >= 0 && x < i32(params.w));
}

fn convolve(group: vec3<u32>, local: u32) {
  let runs = (params.out_w + 7u) / 8u;
  let run = group.x * (32u / QUADS) + local / QUADS;
  let oy = run / runs;
  let ox = (run % runs) * 8u;
  let o = (group.y * QUADS + local % QUADS) * 4u;
  if (oy >= params.out_h || o >= params.out_channels) { return; }
  let pad = i32(params.kernel / 2u);
  let stride = i32(params.stride);
  var sum: Rows;
  for (var ky = 0u; ky < params.kernel; ky++) {
    let y = i32(oy * params.stride + ky) - pad;
    if (y < 0 || y >= i32(params.h)) { continue; }
    for (var kx = 0u; kx < params.kernel; kx++) {
      let x = i32(ox * params.stride + kx) - pad;
      for (var c = 0u; c < params.channels; c += 4u) {
        let w = w_tile(ky * params.kernel + kx, c, o);
        sum.r[0] = row(sum.r[0], load_x(group.z, pixel_in_row(y, x), c), w);
        sum.r[1] = row(sum.r[1], load_x(group.z, pixel_in_row(y, x + stride), c), w);
        sum.r[2] = row(sum.r[2], load_x(group.z, pixel_in_row(y, x + 2 * stride), c), w);
        sum.r[3] = row(sum.r[3], load_x(group.z, pixel_in_row(y, x + 3 * stride), c), w);
        sum.r[4] = row(sum.r[4], load_x(group.z, pixel_in_row(y, x + 4 * stride), c), w);
        sum.r[5] = row(sum.r[5], load_x(group.z, pixel_in_row(y, x + 5 * stride), c), w);
        sum.r[6] = row(sum.r[6], load_x(group.z, pixel_in_row(y, x + 6 * stride), c), w);
        sum.r[7] = row(sum.r[7], load_x(group.z, pixel_in_row(y, x + 7 * stride), c), w);
      }
    }
  }
  let bias = load_bias4(o);
  let p = oy * params.out_w + ox;
  let count = params.out_w - ox;
  store4(group.z, p, o, sum.r[0] + bias);
  if (count > 1u) { store4(group.z, p + 1u, o, sum.r[1] + bias); }
  if (count > 2u) { store4(group.z, p + 2u, o, sum.r[2] + bias); }
  if (count > 3u) { store4(group.z, p + 3u, o, sum.r[3] + bias); }
  if (count > 4u) { store4(group.z, p + 4u, o, sum.r[4] + bias); }
  if (count > 5u) { store4(group.z, p + 5u, o, sum.r[5] + bias); }
  if (count > 6u) { store4(group.z, p + 6u, o, sum.r[6] + bias); }
  if (count > 7u) { store4(group.z, p + 7u, o, sum.r[7] + bias); }
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  convolve(group, local);
}
