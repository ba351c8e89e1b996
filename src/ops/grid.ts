/**
 * @file Workgroup counts for one invocation an element.
 */
const MAX_WORKGROUPS = 65535;

/** Workgroups for `count` invocations of `size` each, folded over y where x would overflow (common/index.wgsl). */
export function grid(count: number, size: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(count / size));
  if (groups <= MAX_WORKGROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_WORKGROUPS);
  return [Math.ceil(groups / y), y, 1];
}
