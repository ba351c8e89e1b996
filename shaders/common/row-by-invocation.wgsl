// One invocation a row, which CPU adapters prefer: calls compute_row(row, 0) of the file included beside it. A lane
// has the row for itself, so its own value is already the reduced one.
#include "common/index.wgsl"
const LANES = 1u;

fn row_sum2(value: vec2f, lane: u32) -> vec2f { return value; }
fn row_sum(value: f32, lane: u32) -> f32 { return value; }
fn row_max(value: f32, lane: u32) -> f32 { return value; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let row = flat_index(id, workgroups, 64u);
  if (row >= params.rows) { return; }
  compute_row(row, 0u);
}
