// What both kernels of attention's gradient share. With p = exp(scale·q·kᵀ − log Σ exp), the softmax again:
//
//   dv = pᵀ·dy,  ds = p∘(dy·vᵀ − Σ dy·y),  dq = scale·ds·k,  dk = scale·dsᵀ·q
#include "attention/tiles.wgsl"
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> log_sum_exp: array<f32>; // [batch, heads, s]
@group(0) @binding(6) var<storage, read> row_term: array<f32>; // Σ dy·y over a head's channels, [batch, s, heads]
const Q = 0u;
const K = 1u;
const V = 2u;
const DY = 3u;

fn load(operand: u32, i: u32) -> f32 {
  if (operand == Q) { return q[i]; }
  if (operand == K) { return k[i]; }
  if (operand == V) { return v[i]; }
  return dy[i];
}

// Of four queries: the logarithm of a row's sum of exponentials, and its term.
struct Four {
  logarithm: vec4<f32>,
  term: vec4<f32>,
}
fn four_queries(first: u32, head: u32, batch: u32) -> Four {
  let rows = min(first + vec4(0u, 1u, 2u, 3u), vec4(params.s - 1u));
  let i = (batch * params.heads + head) * params.s + rows;
  let j = (batch * params.s + rows) * params.heads + head;
  return Four(
    vec4(log_sum_exp[i.x], log_sum_exp[i.y], log_sum_exp[i.z], log_sum_exp[i.w]),
    vec4(row_term[j.x], row_term[j.y], row_term[j.z], row_term[j.w]),
  );
}
