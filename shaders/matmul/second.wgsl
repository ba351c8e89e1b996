// A product of small depth that is added to the first, the low-rank update of a linear: alpha2 · Σ_r A2[m,r]·B2[r,n].
// A2 is [m, RANK]; B2 is [RANK, n] (B2_ROWS) or its transpose. RANK and n are whole quads.
override RANK: u32 = 0u; // 0: there is none
override B2_ROWS: bool = false;
@group(0) @binding(6) var<storage, read> a2: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> b2: array<vec4<f32>>;

// A2[m, r..r+3]; past the last row: that row again.
fn a2_row(own: Entry, m: u32, r: u32) -> vec4<f32> {
  return a2[(own.a2 + min(m, own.m - 1u) * RANK + r) / 4u];
}

// alpha2·B2[r+i, n+j] for i, j in 0..3 as four rows. Past the last column: some valid element.
fn b2_tile(at: u32, r: u32, n: u32) -> array<vec4<f32>, 4> {
  let j = min(n, params.n - 4u);
  let s = params.alpha2;
  if (B2_ROWS) {
    let i = (at + r * params.n + j) / 4u;
    let next = params.n / 4u;
    return array(s * b2[i], s * b2[i + next], s * b2[i + 2u * next], s * b2[i + 3u * next]);
  }
  let i = (at + j * RANK + r) / 4u;
  let next = RANK / 4u;
  let t = transpose(mat4x4(b2[i], b2[i + next], b2[i + 2u * next], b2[i + 3u * next]));
  return array(s * t[0], s * t[1], s * t[2], s * t[3]);
}
