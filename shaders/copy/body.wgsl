// Copies a block of up to six axes from one strided layout to another: slices, concatenation, permutation,
// repetition (a stride of 0 on the reading side). Axis 0 is the innermost. The includer defines `Element`.
#include "common/index.wgsl"
override AXES: u32 = 6u;
struct Params {
  count: u32,
  size_0: u32, size_1: u32, size_2: u32, size_3: u32, size_4: u32, size_5: u32,
  from_0: u32, from_1: u32, from_2: u32, from_3: u32, from_4: u32, from_5: u32,
  to_0: u32, to_1: u32, to_2: u32, to_3: u32, to_4: u32, to_5: u32,
  from_offset: u32,
  to_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Element>;
@group(0) @binding(2) var<storage, read_write> out: array<Element>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let i = flat_index(id, workgroups, 64u);
  if (i >= params.count) { return; }
  var rest = i;
  var k = rest % params.size_0;
  var source = params.from_offset + k * params.from_0;
  var target_index = params.to_offset + k * params.to_0;
  if (AXES > 1u) {
    rest /= params.size_0;
    k = rest % params.size_1;
    source += k * params.from_1;
    target_index += k * params.to_1;
  }
  if (AXES > 2u) {
    rest /= params.size_1;
    k = rest % params.size_2;
    source += k * params.from_2;
    target_index += k * params.to_2;
  }
  if (AXES > 3u) {
    rest /= params.size_2;
    k = rest % params.size_3;
    source += k * params.from_3;
    target_index += k * params.to_3;
  }
  if (AXES > 4u) {
    rest /= params.size_3;
    k = rest % params.size_4;
    source += k * params.from_4;
    target_index += k * params.to_4;
  }
  if (AXES > 5u) {
    rest /= params.size_4;
    k = rest % params.size_5;
    source += k * params.from_5;
    target_index += k * params.to_5;
  }
  out[target_index] = x[source];
}
