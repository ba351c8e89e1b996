/**
 * @file Kernel variants that are known to be good, by the adapter's family: nothing is measured where one of them is to be
 * had, so that a first visit does not wait. Found by measuring every shape of mini-flux and the
 * test bundles on each adapter; the few shapes that chose otherwise are small.
 */
const KNOWN_GOOD: readonly { family: string; order: readonly string[] }[] = [
  {
    family: 'google|swiftshader',
    order: ['registers', 'masked-registers', 'composed-registers', 'row', 'block'],
  },
  {
    family: 'mesa|software',
    order: ['subgroup-8', 'masked-subgroup-8', 'composed-subgroup-8', 'registers', 'masked-registers', 'row', 'block'],
  },
];

/**
 * Variants in the order in which they are taken without measuring.
 * @param key `Gpu.key`: vendor, architecture, device and features, with a | between
 * @returns none for an adapter that nobody has measured
 */
export function knownGood(key: string): readonly string[] {
  const family = key.split('|').slice(0, 2).join('|');
  return KNOWN_GOOD.find((known) => known.family === family)?.order ?? [];
}
