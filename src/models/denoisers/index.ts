/**
 * @file The architectures that the engine knows, by diffusers' class.
 */
import { UserError } from '../../errors';
import { oneOf } from '../../formats/run-file';
import { showValue } from '../../shown';
import type { Denoiser, DenoiserClass } from './denoiser';
import { flux1 } from './flux1';
import { flux2 } from './flux2';

export const DENOISERS: readonly DenoiserClass[] = [flux1, flux2];

/**
 * The transformer that a config.json describes; without `_class_name` the first architecture's.
 * @throws UserError for another class, and where the config is no config of its class
 */
export function openDenoiser(value: unknown, file: string): Denoiser {
  const name = (value as { _class_name?: unknown } | null)?._class_name ?? DENOISERS[0].className;
  const found = DENOISERS.find(({ className }) => className === name);
  if (!found) {
    const known = oneOf(DENOISERS.map(({ className }) => className));
    throw new UserError(`${file}: "_class_name" is ${showValue(name)}, expected ${known}.`);
  }
  return found.open(value, file);
}
