// What every convolution kernel shares:
//
//   y[b,oy,ox,o] = relu(Σ_{ky,kx,c} x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] · w[ky·kernel + kx, c, o]
//                       + bias[o] + residual[b,oy,ox,o]),   pad = kernel >> 1, x zero outside the picture
//
// relu, bias and residual where asked. With a mask, x counts only where mask > 0 (same shape): ReLU's backward.
#include "common/packed.wgsl"
struct Params {
  h: u32,
  w: u32,
  channels: u32,
  out_h: u32,
  out_w: u32,
  out_channels: u32,
  kernel: u32,
  stride: u32,
}
override HAS_BIAS: bool;
override BIAS_DTYPE: u32; // 0 f32, 1 f16, 2 bf16
override HAS_RESIDUAL: bool;
override HAS_MASK: bool;
override RELU: bool;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<u32>;

fn load_bias(o: u32) -> f32 {
  if (!HAS_BIAS) { return 0.0; }
  return unpack_packed(bias[packed_word(o, BIAS_DTYPE)], o, BIAS_DTYPE);
}

// Row of x (a pixel's index in its picture) that tap (ky, kx) reads for output pixel `p`, or −1 outside the picture.
fn source_pixel(p: u32, tap: u32) -> i32 {
  let pad = params.kernel / 2u;
  let y = i32((p / params.out_w) * params.stride + tap / params.kernel) - i32(pad);
  let x = i32((p % params.out_w) * params.stride + tap % params.kernel) - i32(pad);
  let inside = y >= 0 && x >= 0 && y < i32(params.h) && x < i32(params.w);
  return select(-1, y * i32(params.w) + x, inside);
}
