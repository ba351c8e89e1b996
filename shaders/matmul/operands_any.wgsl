// A, B and the output for subgroup.wgsl with any strides and sizes, element by element. B's precision is W_DTYPE.
const A_ROWS = true;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

// A[m + lane, k..k+3]; zero past the end of k, past the last row that row again.
fn load_a(own: Entry, m: u32, k: u32, lane: u32) -> vec4<f32> {
  let depth = k + vec4(0u, 1u, 2u, 3u);
  let i = own.a + min(m + lane, own.m - 1u) * params.a_m + min(depth, vec4(params.k - 1u)) * params.a_k;
  return select(vec4<f32>(), vec4(a[i.x], a[i.y], a[i.z], a[i.w]), depth < vec4(params.k));
}

fn load_b(i: u32) -> f32 {
  return unpack_weight(b[weight_word(i)], i);
}

// B[k+i, n+j] for i, j in 0..3 as four rows. Past the end: the last element again.
fn b_tile(offset: u32, k: u32, n: u32) -> array<vec4<f32>, 4> {
  let columns = offset + min(n + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u)) * params.b_n;
  return array(b_row(columns, k), b_row(columns, k + 1u), b_row(columns, k + 2u), b_row(columns, k + 3u));
}
fn b_row(columns: vec4<u32>, k: u32) -> vec4<f32> {
  let i = columns + min(k, params.k - 1u) * params.b_k;
  return vec4(load_b(i.x), load_b(i.y), load_b(i.z), load_b(i.w));
}

// No parts: `at` is 0.
fn load_bias4(at: u32, n: u32) -> vec4<f32> {
  let last = params.n - 1u;
  return vec4(load_bias(min(n, last)), load_bias(min(n + 1u, last)), load_bias(min(n + 2u, last)), load_bias(min(n + 3u, last)));
}

fn store8(own: Entry, m: u32, n: u32, sum: Rows, bias: vec4<f32>) {
  store4(own, m, n, params.alpha * sum.r[0] + bias);
  store4(own, m + 1u, n, params.alpha * sum.r[1] + bias);
  store4(own, m + 2u, n, params.alpha * sum.r[2] + bias);
  store4(own, m + 3u, n, params.alpha * sum.r[3] + bias);
  store4(own, m + 4u, n, params.alpha * sum.r[4] + bias);
  store4(own, m + 5u, n, params.alpha * sum.r[5] + bias);
  store4(own, m + 6u, n, params.alpha * sum.r[6] + bias);
  store4(own, m + 7u, n, params.alpha * sum.r[7] + bias);
}
fn store4(own: Entry, m: u32, n: u32, y: vec4<f32>) {
  if (m >= own.m) { return; }
  let at = own.out + m * params.o_m;
  store(at, n, y.x);
  store(at, n + 1u, y.y);
  store(at, n + 2u, y.z);
  store(at, n + 3u, y.w);
}
fn store(row: u32, n: u32, y: f32) {
  if (n >= params.n) { return; }
  if (HAS_RESIDUAL) { out[row + n] = y + residual[row + n]; } else { out[row + n] = y; }
}

fn add_second(own: Entry, low: ptr<function, Rows>, high: ptr<function, Rows>, m: u32, n: u32, lane: u32) {}
