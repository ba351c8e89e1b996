// dk and dv of attention (formulas: backward.wgsl): a workgroup walks all queries for 32 keys, which are the rows here.
// Dispatch: x = ceil(t/32), y = heads, z = batch.
#include "attention/backward.wgsl"
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> dv: array<f32>;

fn store(operand: u32, i: u32, value: f32) {
  if (operand == K) { dk[i] = value; } else { dv[i] = value; }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let queries = tokens(Q, params.s, group.y, group.z);
  let keys = tokens(K, params.t, group.y, group.z);
  let values = tokens(V, params.t, group.y, group.z);
  let slopes = tokens(DY, params.s, group.y, group.z);
  let first = group.x * TILE;
  var key_sums: Sums;
  var value_sums: Sums;
  for (var query = 0u; query < params.s; query += TILE) {
    let column = four_queries(query + lane % 8u * 4u, group.y, group.z);
    let valid = within_length(query, params.s, lane);
    var p = products(keys, first, queries, query, lane);
    p[0] = select(vec4<f32>(), exp(params.scale * p[0] - column.logarithm), valid);
    p[1] = select(vec4<f32>(), exp(params.scale * p[1] - column.logarithm), valid);
    p[2] = select(vec4<f32>(), exp(params.scale * p[2] - column.logarithm), valid);
    p[3] = select(vec4<f32>(), exp(params.scale * p[3] - column.logarithm), valid);
    set_weights(p, lane);
    accumulate(&value_sums, slopes, query, lane);
    let dp = products(values, first, slopes, query, lane);
    p[0] *= dp[0] - column.term;
    p[1] *= dp[1] - column.term;
    p[2] *= dp[2] - column.term;
    p[3] *= dp[3] - column.term;
    set_weights(p, lane);
    accumulate(&key_sums, queries, query, lane);
  }
  scale_rows(&key_sums, vec4(params.scale));
  store_rows(keys, first, key_sums, lane);
  store_rows(values, first, value_sums, lane);
}
