// Register tiles: 8 rows by 4 columns an invocation.
struct Rows {
  r: array<vec4<f32>, 8>,
}

// One row's four products.
fn row(sum: vec4<f32>, a: vec4<f32>, b: array<vec4<f32>, 4>) -> vec4<f32> {
  return sum + a.x * b[0] + a.y * b[1] + a.z * b[2] + a.w * b[3];
}

// The products of one k: rows 0–3 in `low`, 4–7 in `high`.
fn column(sum: ptr<function, Rows>, low: vec4<f32>, high: vec4<f32>, b: vec4<f32>) {
  (*sum).r[0] += low.x * b;
  (*sum).r[1] += low.y * b;
  (*sum).r[2] += low.z * b;
  (*sum).r[3] += low.w * b;
  (*sum).r[4] += high.x * b;
  (*sum).r[5] += high.y * b;
  (*sum).r[6] += high.z * b;
  (*sum).r[7] += high.w * b;
}
