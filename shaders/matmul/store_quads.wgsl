// Writes four columns of one row: n, o_n = 1 and the output's other strides are whole quads.
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

fn store4(offset: u32, m: u32, n: u32, sum: vec4<f32>) {
  if (m >= params.m || n >= params.n) { return; }
  let at = (offset + m * params.o_m + n) / 4u;
  var y = sum * params.alpha;
  if (HAS_BIAS || HAS_ACTIVATION) {
    y = vec4(finish(sum.x, n), finish(sum.y, n + 1u), finish(sum.z, n + 2u), finish(sum.w, n + 3u));
  }
  if (HAS_RESIDUAL) { y += residual[at]; }
  out[at] = y;
}
