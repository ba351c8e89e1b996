/** @file A LoRA as a file's bytes. */
import type { LoraRef } from '../../worker/protocol';
import { ask } from './messages';
import { reachable } from './reachable-lora';

/** A LoRA as a file's bytes. */
export async function exportLora(lora: LoraRef, format: 'safetensors' | 'peft-zip') {
  return ask({ type: 'export', lora: await reachable(lora), format }, 'exported');
}
