// dq of attention (formulas: backward.wgsl): a workgroup walks all keys for 32 queries.
// Dispatch: x = ceil(s/32), y = heads, z = batch.
#include "attention/backward.wgsl"
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;

fn store(operand: u32, i: u32, value: f32) {
  dq[i] = value;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let queries = tokens(Q, params.s, group.y, group.z);
  let keys = tokens(K, params.t, group.y, group.z);
  let values = tokens(V, params.t, group.y, group.z);
  let slopes = tokens(DY, params.s, group.y, group.z);
  let first = group.x * TILE;
  let row = four_queries(first + lane / 8u * 4u, group.y, group.z);
  var sums: Sums;
  for (var key = 0u; key < params.t; key += TILE) {
    let score = products(queries, first, keys, key, lane);
    let dp = products(slopes, first, values, key, lane);
    let valid = within_length(key, params.t, lane);
    var ds: Block;
    ds[0] = select(vec4<f32>(), exp(params.scale * score[0] - row.logarithm.x) * (dp[0] - row.term.x), valid);
    ds[1] = select(vec4<f32>(), exp(params.scale * score[1] - row.logarithm.y) * (dp[1] - row.term.y), valid);
    ds[2] = select(vec4<f32>(), exp(params.scale * score[2] - row.logarithm.z) * (dp[2] - row.term.z), valid);
    ds[3] = select(vec4<f32>(), exp(params.scale * score[3] - row.logarithm.w) * (dp[3] - row.term.w), valid);
    set_weights(ds, lane);
    accumulate(&sums, keys, key, lane);
  }
  scale_rows(&sums, vec4(params.scale));
  store_rows(queries, first, sums, lane);
}
