/** Variant by key, by adapter. */
export type KernelTables = Record<string, Record<string, string>>;
export const keepsKernels: boolean;
export function readKernels(): KernelTables;
export function kernelsOf(adapterKey: string): Record<string, string>;
export function keepMeasured(measured: KernelTables): void;
export function mergedKernels(a: KernelTables, b: KernelTables): KernelTables;
