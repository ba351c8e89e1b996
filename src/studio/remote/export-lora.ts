/** @file A LoRA as a file's bytes. */
import type { LoraRef } from '../../worker/protocol';
import { ask } from './messages';

/** A LoRA as a file's bytes. */
export async function exportLora(lora: LoraRef, format: 'safetensors' | 'peft-zip') {
  return ask({ type: 'export', lora, format }, 'exported');
}
