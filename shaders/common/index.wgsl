// Flat index of an invocation in a dispatch folded over x and y (one dimension holds at most 65535 workgroups).
// The host folds with `grid(count, workgroupSize)` of src/ops/grid.ts.
fn flat_index(id: vec3<u32>, workgroups: vec3<u32>, workgroup_size: u32) -> u32 {
  return id.y * workgroups.x * workgroup_size + id.x;
}
