// Sum over a workgroup of 64 invocations, in a fixed order: the same numbers give the same bits.
var<workgroup> partial_sums: array<f32, 64>;

fn workgroup_sum(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  partial_sums[lane] = value;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial_sums[lane] += partial_sums[lane + half];
    }
    workgroupBarrier();
  }
  return partial_sums[0];
}
