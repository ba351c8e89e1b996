// Four-wide weights and output for the vector kernels: out_channels is a multiple of 4.
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

// Weights of input channels c..c+3, one quad of output channels each. Past the last channel: that channel again.
fn w_tile(tap: u32, c: u32, o: u32) -> array<vec4<f32>, 4> {
  let stride = params.out_channels / 4u;
  let at = tap * params.channels * stride + min(o, params.out_channels - 4u) / 4u;
  let last = params.channels - 1u;
  return array(
    load_b4(at + min(c, last) * stride),
    load_b4(at + min(c + 1u, last) * stride),
    load_b4(at + min(c + 2u, last) * stride),
    load_b4(at + min(c + 3u, last) * stride),
  );
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
