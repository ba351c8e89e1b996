/** @file What an exported LoRA's file is called. */

/**
 * `red-apple-more-3d-render-step-40`: letters and digits of any script, joined by hyphens.
 * @param step updates behind it; null where that is unknown
 */
export function loraFileStem(name: string, step: number | null): string {
  const words = name.replace(/\.(safetensors|zip)$/i, '').match(/[\p{L}\p{N}]+/gu) ?? ['adapter'];
  return [...words, ...(step === null ? [] : ['step', step])].join('-').slice(0, 100);
}
