// Four input channels at a time where their number is not a multiple of 4 (pictures have 3).
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<f32>;

// Channels c..c+3 of a pixel of picture `batch`; zero past the last channel and for pixel −1.
fn load_x(batch: u32, pixel: i32, c: u32) -> vec4<f32> {
  let start = (batch * params.h * params.w + u32(max(pixel, 0))) * params.channels;
  let channels = c + vec4(0u, 1u, 2u, 3u);
  let at = start + min(channels, vec4(params.channels - 1u));
  var value = vec4(x[at.x], x[at.y], x[at.z], x[at.w]);
  if (HAS_MASK) {
    value = select(vec4<f32>(), value, vec4(mask[at.x], mask[at.y], mask[at.z], mask[at.w]) > vec4<f32>());
  }
  return select(vec4<f32>(), value, (channels < vec4(params.channels)) & vec4(pixel >= 0));
}
