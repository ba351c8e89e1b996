// Ranges of one axis of x as parts of out, one after the other, in fours: each row of part p is the run_p quads of a row of x
// from first_p on.
#include "common/index.wgsl"
#include "common/parts.wgsl"
struct Params {
  count: u32, // of all parts
  stride: u32, // from row to row of x
  run: u32,
  run_1: u32,
  run_2: u32,
  run_3: u32,
  first: u32,
  first_1: u32,
  first_2: u32,
  first_3: u32,
  start_1: u32,
  start_2: u32,
  start_3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  let starts = vec4(0u, params.start_1, params.start_2, params.start_3);
  let part = part_with(i, starts);
  let own = i - of_part(part, starts);
  let run = of_part(part, vec4(params.run, params.run_1, params.run_2, params.run_3));
  let first = of_part(part, vec4(params.first, params.first_1, params.first_2, params.first_3));
  out[i] = x[own / run * params.stride + first + own % run];
}
