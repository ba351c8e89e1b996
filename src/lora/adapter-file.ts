/**
 * @file The reader of LoRA files under the name by which checks from outside this repository import it.
 */
export { readLora as readAdapter } from './lora-file';
