// Matmul for any strides, sizes and precisions (formula: epilogue.wgsl). B's precision is W_DTYPE. Each invocation computes 4 rows
// of one column.
// Dispatch: x = ceil(n/16), y = ceil(m/16), z = batches.
#include "matmul/epilogue.wgsl"
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = id.x;
  let m = id.y * 4u;
  if (m >= params.m || n >= params.n) { return; }
  let own = entry(id.z);
  // Rows past the end repeat the last one and are not stored.
  let rows = own.a + min(m + vec4(0u, 1u, 2u, 3u), vec4(params.m - 1u)) * params.a_m;
  let column = own.b + n * params.b_n;
  var sum = vec4<f32>();
  for (var k = 0u; k < params.k; k++) {
    let i = rows + k * params.a_k;
    let j = column + k * params.b_k;
    sum += vec4(a[i.x], a[i.y], a[i.z], a[i.w]) * unpack_weight(b[weight_word(j)], j);
  }
  for (var i = 0u; i < min(4u, params.m - m); i++) {
    let at = own.out + (m + i) * params.o_m + n;
    var y = params.alpha * sum[i] + load_bias(n);
    if (HAS_RESIDUAL) { y += residual[at]; }
    out[at] = y;
  }
}
