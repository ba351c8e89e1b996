/** @file The alignment methods that can be chosen: those of the registry, the first where a link names none of them. */
import { METHOD_IDS, METHODS } from '../../methods';

export type MethodChoice = (typeof METHODS)[number];
export type { MethodOption } from '../../methods/options';
export { METHOD_IDS, METHODS };

/** The method of this id; the first where there is none. */
export const methodOf = (id: string): MethodChoice => METHODS.find((method) => method.id === id) ?? METHODS[0];
