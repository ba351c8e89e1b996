// Convolution as a matrix product that is never laid out (formula: params.wgsl): rows are output pixels, k runs over the channels of
// every tap. With tiles in shared memory, for GPUs: each element of x is read once a tap for 64 output channels.
//
// A workgroup of 16×16 computes 64 pixels by 64 output channels, 16 channels of a tap at a time; an invocation owns 4 by 4.
// Dispatch: x = ceil(pixels/64), y = ceil(out_channels/64), z = batch.
#parameter weights f32 f16 bf16
#parameter input quads any
#include "common/weights_{weights}.wgsl"
#include "conv2d/input_{input}.wgsl"
#include "conv2d/params.wgsl"
#include "conv2d/quads.wgsl"

// Quads of the current slices: x_slice[channel][pixel/4], w_slice[channel][out channel/4].
var<workgroup> x_slice: array<array<vec4<f32>, 16>, 16>;
var<workgroup> w_slice: array<array<vec4<f32>, 16>, 16>;

// x of pixels p..p+3 at a tap, one quad for each of channels c..c+3; past the end: zero.
fn x_quads(batch: u32, p: u32, tap: u32, c: u32) -> mat4x4<f32> {
  if (c >= params.channels) { return mat4x4<f32>(); }
  let last = params.out_h * params.out_w - 1u;
  return transpose(mat4x4(
    load_x(batch, source_pixel(min(p, last), tap), c),
    load_x(batch, source_pixel(min(p + 1u, last), tap), c),
    load_x(batch, source_pixel(min(p + 2u, last), tap), c),
    load_x(batch, source_pixel(min(p + 3u, last), tap), c),
  ));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let p = group.x * 64u;
  let o = group.y * 64u;
  let column = local % 16u;
  let row = local / 16u;
  // 64 invocations fetch a 4×4 block of x each, another 64 one of the weights.
  let depth = row % 4u * 4u;
  var sum: array<vec4<f32>, 4>;
  for (var tap = 0u; tap < params.kernel * params.kernel; tap++) {
    for (var c = 0u; c < params.channels; c += 16u) {
      if (local < 64u) {
        let block = x_quads(group.z, p + column * 4u, tap, c + depth);
        x_slice[depth][column] = block[0];
        x_slice[depth + 1u][column] = block[1];
        x_slice[depth + 2u][column] = block[2];
        x_slice[depth + 3u][column] = block[3];
      } else if (local < 128u) {
        let block = w_tile(tap, c + depth, o + column * 4u);
        w_slice[depth][column] = block[0];
        w_slice[depth + 1u][column] = block[1];
        w_slice[depth + 2u][column] = block[2];
        w_slice[depth + 3u][column] = block[3];
      }
      workgroupBarrier();
      for (var i = 0u; i < 16u; i++) {
        let x = x_slice[i][row];
        let w = w_slice[i][column];
        sum[0] += x.x * w;
        sum[1] += x.y * w;
        sum[2] += x.z * w;
        sum[3] += x.w * w;
      }
      workgroupBarrier();
    }
  }
  let out_channel = o + column * 4u;
  let bias = load_bias4(min(out_channel, params.out_channels - 4u));
  let pixel = p + row * 4u;
  store4(group.z, pixel, out_channel, sum[0] + bias);
  store4(group.z, pixel + 1u, out_channel, sum[1] + bias);
  store4(group.z, pixel + 2u, out_channel, sum[2] + bias);
  store4(group.z, pixel + 3u, out_channel, sum[3] + bias);
}
