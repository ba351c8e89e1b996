// A block of up to six axes between two strided layouts: slices, concatenation, permutation, repetition (a stride
// of 0 on the reading side). Axis 0 is the innermost.
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

// Where element i of the block is read (x) and written (y).
fn places(i: u32) -> vec2<u32> {
  var rest = i;
  var k = rest % params.size_0;
  var from_index = params.from_offset + k * params.from_0;
  var to_index = params.to_offset + k * params.to_0;
  if (AXES > 1u) {
    rest /= params.size_0;
    k = rest % params.size_1;
    from_index += k * params.from_1;
    to_index += k * params.to_1;
  }
  if (AXES > 2u) {
    rest /= params.size_1;
    k = rest % params.size_2;
    from_index += k * params.from_2;
    to_index += k * params.to_2;
  }
  if (AXES > 3u) {
    rest /= params.size_2;
    k = rest % params.size_3;
    from_index += k * params.from_3;
    to_index += k * params.to_3;
  }
  if (AXES > 4u) {
    rest /= params.size_3;
    k = rest % params.size_4;
    from_index += k * params.from_4;
    to_index += k * params.to_4;
  }
  if (AXES > 5u) {
    rest /= params.size_4;
    k = rest % params.size_5;
    from_index += k * params.from_5;
    to_index += k * params.to_5;
  }
  return vec2<u32>(from_index, to_index);
}
