// Several operations of one kind in one dispatch: each part has sizes and operands of its own, which begin in their bindings
// where the host says (src/ops/kernel.ts, MOST_PARTS).
override PARTS: u32 = 1u; // 1 to 4

fn of_part(part: u32, each: vec4<u32>) -> u32 {
  if (PARTS == 1u) { return each.x; }
  return each[part];
}

// The part that row or number i of all belongs to; each part begins where `starts` say, the first at 0.
fn part_with(i: u32, starts: vec4<u32>) -> u32 {
  if (PARTS == 1u) { return 0u; }
  let begun = vec4<u32>(starts <= vec4(i)) & vec4(1u, u32(PARTS > 1u), u32(PARTS > 2u), u32(PARTS > 3u));
  return begun.y + begun.z + begun.w;
}
