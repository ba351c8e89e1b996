// dx of out = silu(a)·b for rows x = [a, b]: da = dy·b·silu'(a), db = dy·silu(a)
#include "common/index.wgsl"
#include "common/sigmoid.wgsl"
override PER_INVOCATION: u32 = 1u;
struct Params {
  count: u32,
  width: u32,
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
    let at = i + i / params.width * params.width;
    let gate = x[at];
    let s = sigmoid(gate);
    out[at] = dy[i] * x[at + params.width] * (s + gate * (s * (1.0 - s)));
    out[at + params.width] = dy[i] * gate * s;
  }
}
