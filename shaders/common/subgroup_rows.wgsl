// Register tiles fed by subgroup broadcasts: 8 rows by 4 columns a lane, 4 deep. Eight neighbouring lanes hold a quad of A
// each, and every lane needs all of them; a broadcast is far cheaper than a load where loads go lane by lane.
#include "common/register_rows.wgsl"

// sum += A·B where lane i holds row i of A, 4 deep, and b[j] is row j of this lane's columns of B.
fn accumulate_rows(sum: ptr<function, Rows>, a: vec4<f32>, b: array<vec4<f32>, 4>) {
  (*sum).r[0] = row((*sum).r[0], subgroupBroadcast(a, 0u), b);
  (*sum).r[1] = row((*sum).r[1], subgroupBroadcast(a, 1u), b);
  (*sum).r[2] = row((*sum).r[2], subgroupBroadcast(a, 2u), b);
  (*sum).r[3] = row((*sum).r[3], subgroupBroadcast(a, 3u), b);
  (*sum).r[4] = row((*sum).r[4], subgroupBroadcast(a, 4u), b);
  (*sum).r[5] = row((*sum).r[5], subgroupBroadcast(a, 5u), b);
  (*sum).r[6] = row((*sum).r[6], subgroupBroadcast(a, 6u), b);
  (*sum).r[7] = row((*sum).r[7], subgroupBroadcast(a, 7u), b);
}

// The same where lane i holds rows 0–3 (i even) or 4–7 (i odd) of column i/2 of A.
fn accumulate_columns(sum: ptr<function, Rows>, a: vec4<f32>, b: array<vec4<f32>, 4>) {
  column(sum, subgroupBroadcast(a, 0u), subgroupBroadcast(a, 1u), b[0]);
  column(sum, subgroupBroadcast(a, 2u), subgroupBroadcast(a, 3u), b[1]);
  column(sum, subgroupBroadcast(a, 4u), subgroupBroadcast(a, 5u), b[2]);
  column(sum, subgroupBroadcast(a, 6u), subgroupBroadcast(a, 7u), b[3]);
}
