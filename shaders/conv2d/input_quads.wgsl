// Four input channels at a time: channels is a multiple of 4.
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> mask: array<vec4<f32>>;

// Channels c..c+3 of a pixel of picture `batch`; zero for pixel −1.
fn load_x(batch: u32, pixel: i32, c: u32) -> vec4<f32> {
  let at = ((batch * params.h * params.w + u32(max(pixel, 0))) * params.channels + c) / 4u;
  var value = x[at];
  if (HAS_MASK) { value = select(vec4<f32>(), value, mask[at] > vec4<f32>()); }
  return select(vec4<f32>(), value, pixel >= 0);
}
