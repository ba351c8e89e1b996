// Products of one A [m, k] with several B_p [n, k]: out[p,m,n] = alpha · Σ_k A[m,k]·B_p[n,k]. n and k are whole quads; n is
// small, the rank of a LoRA. B_p begins at b_at_p.
//
// An invocation owns ROWS rows and 4 columns of one part, walked 4 deep.
// Dispatch: x = ceil(parts·n/4 / 8), y = ceil(m/ROWS / 8).
#include "common/parts.wgsl"
override ROWS: u32 = 1u; // 1 to 8
struct Params {
  m: u32,
  n: u32,
  k: u32,
  alpha: f32,
  b_at_0: u32,
  b_at_1: u32,
  b_at_2: u32,
  b_at_3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let quads = params.n / 4u;
  let part = id.x / quads;
  let m = id.y * ROWS;
  if (part >= PARTS || m >= params.m) { return; }
  let n = id.x % quads * 4u;
  let depth = params.k / 4u;
  let start = of_part(part, vec4(params.b_at_0, params.b_at_1, params.b_at_2, params.b_at_3));
  let first = start / 4u + n * depth;
  var sum: array<vec4<f32>, 8>;
  for (var k = 0u; k < depth; k++) {
    let i = first + k;
    let t = transpose(mat4x4(b[i], b[i + depth], b[i + 2u * depth], b[i + 3u * depth]));
    for (var r = 0u; r < ROWS; r++) {
      // Past the last row: that row again.
      sum[r] += t * a[min(m + r, params.m - 1u) * depth + k];
    }
  }
  for (var r = 0u; r < ROWS && m + r < params.m; r++) {
    out[((part * params.m + m + r) * params.n + n) / 4u] = params.alpha * sum[r];
  }
}
