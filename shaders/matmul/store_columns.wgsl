// Writes four columns of one row where the output is stored column by column (any n and o_n).
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn store4(offset: u32, m: u32, n: u32, sum: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (m < params.m && n + i < params.n) {
      let at = offset + m * params.o_m + (n + i) * params.o_n;
      var y = finish(sum[i], n + i);
      if (HAS_RESIDUAL) { y += residual[at]; }
      out[at] = y;
    }
  }
}
