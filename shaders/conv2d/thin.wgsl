// Convolution to at most 4 channels (formula: params.wgsl), from a multiple of 4: the last layer of a decoder.
// Needs subgroups of at least 8.
//
// An invocation owns all channels of 4 pixels, WORKGROUP apart. The weights of a tap and 4 input channels are 4×4: 8 lanes
// fetch two each and broadcast them. The weights' precision is W_DTYPE.
// Dispatch: x = ceil(out_h·out_w/(4·WORKGROUP)), y = 1, z = batch. WORKGROUP: 8, or 32.
enable subgroups;
#include "conv2d/params.wgsl"
#include "conv2d/input_quads.wgsl"
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
override WORKGROUP: u32;

// The weight from input channel c to output channel o; zero past the last output channel.
fn load_w(tap: u32, c: u32, o: u32) -> f32 {
  let j = (tap * params.channels + c) * params.out_channels + min(o, params.out_channels - 1u);
  return select(0.0, unpack_weight(b[weight_word(j)], j), o < params.out_channels);
}

fn store(batch: u32, p: u32, sum: vec4<f32>) {
  if (p >= params.out_h * params.out_w) { return; }
  let at = (batch * params.out_h * params.out_w + p) * params.out_channels;
  store_channel(at, 0u, sum.x);
  store_channel(at, 1u, sum.y);
  store_channel(at, 2u, sum.z);
  store_channel(at, 3u, sum.w);
}

fn store_channel(at: u32, o: u32, sum: f32) {
  if (o >= params.out_channels) { return; }
  var y = sum + load_bias(o);
  if (HAS_RESIDUAL) { y += residual[at + o]; }
  out[at + o] = select(y, max(y, 0.0), RELU);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let last = params.out_h * params.out_w - 1u;
  let p = group.x * WORKGROUP * 4u + local;
  let p1 = p + WORKGROUP;
  let p2 = p1 + WORKGROUP;
  let p3 = p2 + WORKGROUP;
  var sum0: vec4<f32>;
  var sum1: vec4<f32>;
  var sum2: vec4<f32>;
  var sum3: vec4<f32>;
  for (var tap = 0u; tap < params.kernel * params.kernel; tap++) {
    let pixel0 = source_pixel(min(p, last), tap);
    let pixel1 = source_pixel(min(p1, last), tap);
    let pixel2 = source_pixel(min(p2, last), tap);
    let pixel3 = source_pixel(min(p3, last), tap);
    for (var c = 0u; c < params.channels; c += 4u) {
      // Lane 4i + o holds the weights from channels c + i and c + 2 + i to o.
      let w01 = load_w(tap, c + lane % 8u / 4u, lane % 4u);
      let w23 = load_w(tap, c + 2u + lane % 8u / 4u, lane % 4u);
      let w0 = low4(w01);
      let w1 = high4(w01);
      let w2 = low4(w23);
      let w3 = high4(w23);
      let x0 = load_x(group.z, pixel0, c);
      sum0 += x0.x * w0 + x0.y * w1 + x0.z * w2 + x0.w * w3;
      let x1 = load_x(group.z, pixel1, c);
      sum1 += x1.x * w0 + x1.y * w1 + x1.z * w2 + x1.w * w3;
      let x2 = load_x(group.z, pixel2, c);
      sum2 += x2.x * w0 + x2.y * w1 + x2.z * w2 + x2.w * w3;
      let x3 = load_x(group.z, pixel3, c);
      sum3 += x3.x * w0 + x3.y * w1 + x3.z * w2 + x3.w * w3;
    }
  }
  store(group.z, p, sum0);
  store(group.z, p1, sum1);
  store(group.z, p2, sum2);
  store(group.z, p3, sum3);
}

// The values of lanes 0–3, and of lanes 4–7.
fn low4(w: f32) -> vec4<f32> {
  return vec4(subgroupBroadcast(w, 0u), subgroupBroadcast(w, 1u), subgroupBroadcast(w, 2u), subgroupBroadcast(w, 3u));
}
fn high4(w: f32) -> vec4<f32> {
  return vec4(subgroupBroadcast(w, 4u), subgroupBroadcast(w, 5u), subgroupBroadcast(w, 6u), subgroupBroadcast(w, 7u));
}
