// Several operations of one kind in one dispatch: each part has operands of its own, which begin in their bindings where
// the host says (src/ops/kernel.ts, MOST_PARTS).
override PARTS: u32 = 1u; // 1 to 4

fn of_part(part: u32, starts: vec4<u32>) -> u32 {
  if (PARTS == 1u) { return 0u; }
  return starts[part];
}
