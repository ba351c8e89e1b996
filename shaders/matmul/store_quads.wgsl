// Writes four columns of one row: n, o_n = 1 and the output's other strides are whole quads.
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

fn load_bias4(n: u32) -> vec4<f32> {
  return vec4(load_bias(n), load_bias(n + 1u), load_bias(n + 2u), load_bias(n + 3u));
}

fn store4(offset: u32, m: u32, n: u32, sum: vec4<f32>, bias: vec4<f32>) {
  if (m >= params.m || n >= params.n) { return; }
  let at = (offset + m * params.o_m + n) / 4u;
  var y = params.alpha * sum + bias;
  if (HAS_RESIDUAL) { y += residual[at]; }
  out[at] = y;
}
