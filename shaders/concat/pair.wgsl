// Two tensors joined along an axis: each row of out is a row of a, then a row of b.
#include "common/index.wgsl"
struct Params {
  count: u32, // of both
  a_run: u32, // length of a row
  b_run: u32,
  out_run: u32, // from row to row of out, which may hold more than both
  offset: u32, // where a's part of a row begins
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Element>;
@group(0) @binding(2) var<storage, read> b: array<Element>;
@group(0) @binding(3) var<storage, read_write> out: array<Element>;

fn join(i: u32) {
  if (i >= params.count) { return; }
  let run = params.a_run + params.b_run;
  let row = i / run;
  let k = i % run;
  let at = row * params.out_run + params.offset + k;
  if (k < params.a_run) {
    out[at] = a[row * params.a_run + k];
  } else {
    out[at] = b[row * params.b_run + k - params.a_run];
  }
}
