// out = x·weight/√(mean(x²) + eps) over each row; one invocation a row.
#include "common/index.wgsl"
#include "common/packed.wgsl"
struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let row = flat_index(id, workgroups, 64u);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  var squares = 0.0;
  for (var i = 0u; i < params.width; i++) {
    squares += x[start + i] * x[start + i];
  }
  let inverse = inverseSqrt(squares / f32(params.width) + params.eps);
  for (var i = 0u; i < params.width; i++) {
    out[start + i] = x[start + i] * inverse * unpack_weight(weight[weight_word(i)], i);
  }
}
