// Products of one A [m, k] with several B_p [n, k]: out[p,m,n] = alpha · Σ_k A[m,k]·B_p[n,k]. n and k are whole quads; n is
// small, the rank of a LoRA.
//
// An invocation owns ROWS rows and 4 columns of one part, walked 4 deep.
// Dispatch: x = ceil(parts·n/4 / 8), y = ceil(m/ROWS / 8).
override ROWS: u32 = 1u; // 1 to 8
struct Params {
  m: u32,
  n: u32,
  k: u32,
  parts: u32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b_1: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> b_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> b_3: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;

fn load_b(part: u32, quad: u32) -> vec4<f32> {
  if (part == 0u) { return b[quad]; }
  if (part == 1u) { return b_1[quad]; }
  if (part == 2u) { return b_2[quad]; }
  return b_3[quad];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let quads = params.n / 4u;
  let part = id.x / quads;
  let m = id.y * ROWS;
  if (part >= params.parts || m >= params.m) { return; }
  let n = id.x % quads * 4u;
  let depth = params.k / 4u;
  var sum: array<vec4<f32>, 8>;
  for (var k = 0u; k < depth; k++) {
    let i = n * depth + k;
    let t = transpose(mat4x4(
      load_b(part, i),
      load_b(part, i + depth),
      load_b(part, i + 2u * depth),
      load_b(part, i + 3u * depth),
    ));
    for (var r = 0u; r < ROWS; r++) {
      // Past the last row: that row again.
      sum[r] += t * a[min(m + r, params.m - 1u) * depth + k];
    }
  }
  for (var r = 0u; r < ROWS && m + r < params.m; r++) {
    out[((part * params.m + m + r) * params.n + n) / 4u] = params.alpha * sum[r];
  }
}
