// Products of few columns, each of an A_p [m_p, k] and a B_p [n, k] that begin at a_at_p and b_at_p, one after the other in
// out: alpha · Σ_k A_p[m,k]·B_p[n,k]. n and k are whole quads; n is small, the rank of a LoRA.
//
// An invocation owns ROWS rows and 4 columns of one part, walked 4 deep.
// Dispatch: x = ceil(parts·n/4 / 8), y = ceil(max m/ROWS / 8).
#include "common/parts.wgsl"
override ROWS: u32 = 1u; // 1 to 8
struct Params {
  m: u32,
  n: u32,
  k: u32,
  alpha: f32,
  m_1: u32,
  m_2: u32,
  m_3: u32,
  out_at_1: u32,
  out_at_2: u32,
  out_at_3: u32,
  a_at_0: u32,
  a_at_1: u32,
  a_at_2: u32,
  a_at_3: u32,
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
  if (part >= PARTS) { return; }
  let rows = of_part(part, vec4(params.m, params.m_1, params.m_2, params.m_3));
  if (m >= rows) { return; }
  let a_start = of_part(part, vec4(params.a_at_0, params.a_at_1, params.a_at_2, params.a_at_3)) / 4u;
  let out_start = of_part(part, vec4(0u, params.out_at_1, params.out_at_2, params.out_at_3));
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
      sum[r] += t * a[a_start + min(m + r, rows - 1u) * depth + k];
    }
  }
  for (var r = 0u; r < ROWS && m + r < rows; r++) {
    out[(out_start + (m + r) * params.n + n) / 4u] = params.alpha * sum[r];
  }
}
