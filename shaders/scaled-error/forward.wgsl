// out[r] = mean d² / max(mean |d|, least) of row r, one workgroup a row.
#include "common/index.wgsl"
#include "common/workgroup-sum.wgsl"
struct Params {
  rows: u32,
  length: u32,
  least: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = flat_index(group, workgroups, 1u);
  if (row >= params.rows) { return; }
  let start = row * params.length;
  var square = 0.0;
  var magnitude = 0.0;
  for (var i = lane; i < params.length; i += 64u) {
    square += d[start + i] * d[start + i];
    magnitude += abs(d[start + i]);
  }
  let squares = workgroup_sum(square, lane) / f32(params.length);
  let scale = max(workgroup_sum(magnitude, lane) / f32(params.length), params.least);
  if (lane == 0u) { out[row] = squares / scale; }
}
