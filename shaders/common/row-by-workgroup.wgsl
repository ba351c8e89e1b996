// One workgroup a row: calls compute_row(row, lane) of the file included beside it in 64 invocations, which share
// the elements lane, lane + LANES, … and reduce together. Every invocation calls the reductions and gets the result.
#include "common/index.wgsl"
const LANES = 64u;
var<workgroup> lanes: array<vec2f, 64>;

// Both components summed.
fn row_sum2(value: vec2f, lane: u32) -> vec2f {
  lanes[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
    workgroupBarrier();
  }
  let total = lanes[0];
  workgroupBarrier();
  return total;
}

fn row_sum(value: f32, lane: u32) -> f32 {
  return row_sum2(vec2f(value, 0.0), lane).x;
}

fn row_max(value: f32, lane: u32) -> f32 {
  lanes[lane].x = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { lanes[lane].x = max(lanes[lane].x, lanes[lane + half].x); }
    workgroupBarrier();
  }
  let greatest = lanes[0].x;
  workgroupBarrier();
  return greatest;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flat_index(workgroup, workgroups, 1u);
  if (row >= params.rows) { return; }
  compute_row(row, lane);
}
