// out = softmax(scale·q·kᵀ)·v with online softmax, and the logarithm of each row's sum of exponentials (tiles: tiles.wgsl).
// A workgroup walks all keys for 32 queries: it keeps each row's greatest score so far, and scales what it has
// summed when a greater one comes.
// Dispatch: x = ceil(s/32), y = heads, z = batch.
#include "attention/tiles.wgsl"
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> log_sum_exp: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
const Q = 0u;
const K = 1u;
const V = 2u;
// Of a column that is none: its exponential is 0, and a difference of two of them is no NaN.
const LOWEST = -1e38;

fn load(operand: u32, i: u32) -> f32 {
  if (operand == Q) { return q[i]; }
  if (operand == K) { return k[i]; }
  return v[i];
}
fn store(operand: u32, i: u32, value: f32) {
  out[i] = value;
}

// The greatest of each row, which 8 invocations hold a part of.
fn rows_max(own: vec4<f32>, lane: u32) -> vec4<f32> {
  workgroupBarrier();
  slices[lane] = own;
  workgroupBarrier();
  var greatest = own;
  for (var i = 0u; i < 8u; i++) { greatest = max(greatest, slices[lane / 8u * 8u + i]); }
  return greatest;
}
fn rows_sum(own: vec4<f32>, lane: u32) -> vec4<f32> {
  workgroupBarrier();
  slices[lane] = own;
  workgroupBarrier();
  var sum = vec4<f32>();
  for (var i = 0u; i < 8u; i++) { sum += slices[lane / 8u * 8u + i]; }
  return sum;
}
fn largest(x: vec4<f32>) -> f32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let queries = tokens(Q, params.s, group.y, group.z);
  let keys = tokens(K, params.t, group.y, group.z);
  let values = tokens(V, params.t, group.y, group.z);
  let first = group.x * TILE;
  var greatest = vec4(LOWEST);
  var total = vec4<f32>(); // of this invocation's columns
  var sums: Sums;
  for (var key = 0u; key < params.t; key += TILE) {
    var p = products(queries, first, keys, key, lane);
    let valid = within_length(key, params.t, lane);
    p[0] = select(vec4(LOWEST), params.scale * p[0], valid);
    p[1] = select(vec4(LOWEST), params.scale * p[1], valid);
    p[2] = select(vec4(LOWEST), params.scale * p[2], valid);
    p[3] = select(vec4(LOWEST), params.scale * p[3], valid);
    let own = vec4(largest(p[0]), largest(p[1]), largest(p[2]), largest(p[3]));
    let now = max(greatest, rows_max(own, lane));
    let correction = exp(greatest - now);
    greatest = now;
    p[0] = exp(p[0] - now.x);
    p[1] = exp(p[1] - now.y);
    p[2] = exp(p[2] - now.z);
    p[3] = exp(p[3] - now.w);
    let ones = vec4(1.0);
    total = correction * total + vec4(dot(p[0], ones), dot(p[1], ones), dot(p[2], ones), dot(p[3], ones));
    scale_rows(&sums, correction);
    set_weights(p, lane);
    accumulate(&sums, values, key, lane);
  }
  total = rows_sum(total, lane);
  scale_rows(&sums, 1.0 / total);
  store_rows(queries, first, sums, lane);

  if (lane % 8u != 0u) { return; }
  let logarithm = greatest + log(total);
  let row = first + lane / 8u * 4u;
  let at = (group.z * params.heads + group.y) * params.s;
  for (var i = 0u; i < min(4u, params.s - min(params.s, row)); i++) { log_sum_exp[at + row + i] = logarithm[i]; }
}
