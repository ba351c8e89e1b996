// Four-wide access for the vector kernels: channels and out_channels are multiples of 4.
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// Channels c..c+3 of a pixel of picture `batch`; zero for pixel −1.
fn load_x(batch: u32, pixel: i32, c: u32) -> vec4<f32> {
  let at = ((batch * params.h * params.w + u32(max(pixel, 0))) * params.channels + c) / 4u;
  var value = x[at];
  if (HAS_MASK) { value = select(vec4<f32>(), value, mask[at] > vec4<f32>()); }
  return select(vec4<f32>(), value, pixel >= 0);
}

// Weights of input channels c..c+3, one quad of output channels each.
fn w_tile(tap: u32, c: u32, o: u32) -> array<vec4<f32>, 4> {
  let stride = params.out_channels / 4u;
  let at = (tap * params.channels + c) * stride + min(o, params.out_channels - 4u) / 4u;
  return array(load_b4(at), load_b4(at + stride), load_b4(at + 2u * stride), load_b4(at + 3u * stride));
}

fn load_bias4(o: u32) -> vec4<f32> {
  return vec4(load_bias(o), load_bias(o + 1u), load_bias(o + 2u), load_bias(o + 3u));
}

// Output channels o..o+3 of output pixel p.
fn store4(batch: u32, p: u32, o: u32, sum: vec4<f32>) {
  if (p >= params.out_h * params.out_w || o >= params.out_channels) { return; }
  let at = ((batch * params.out_h * params.out_w + p) * params.out_channels + o) / 4u;
  var y = sum;
  if (HAS_RESIDUAL) { y += residual[at]; }
  out[at] = select(y, max(y, vec4<f32>()), RELU);
}
