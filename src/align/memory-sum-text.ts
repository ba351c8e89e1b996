/** @file Bytes of a device in words. */
const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];

/** `7.02 GiB`, `96.5 MiB`, `308 KiB` */
export function bytesText(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(2)} GiB`;
  if (bytes < MIB) return `${Math.round(bytes / KIB)} KiB`;
  return `${Number((bytes / MIB).toPrecision(4)) >= 1000 ? Math.round(bytes / MIB) : (bytes / MIB).toPrecision(3)} MiB`;
}
