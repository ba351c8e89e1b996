// dx[i] = dy[i] where low ≤ x[i] ≤ high, else 0
#include "common/index.wgsl"
override PER_INVOCATION: u32 = 1u;
struct Params {
  count: u32,
  low: f32,
  high: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = flat_index(workgroup, workgroups, 1u) * PER_INVOCATION * 64u + lane;
  for (var k = 0u; k < PER_INVOCATION; k++) {
    let i = first + k * 64u;
    if (i >= params.count) { break; }
    out[i] = select(0.0, dy[i], x[i] >= params.low && x[i] <= params.high);
  }
}
