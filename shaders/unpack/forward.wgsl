// out[i] = x[i] as f32: small frozen tensors (position tables, class tokens) that elementwise kernels read.
#include "common/index.wgsl"
struct Params {
  count: u32,
}
override DTYPE: u32 = 1u; // 1 f16, 2 bf16
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  let word = x[i / 2u];
  if (DTYPE == 1u) {
    out[i] = unpack2x16float(word)[i % 2u];
  } else {
    out[i] = bitcast<f32>(select(word << 16u, word & 0xffff0000u, i % 2u == 1u));
  }
}
