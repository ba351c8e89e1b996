/** @file Options of the methods that compare the pictures of a group with one another and hold the model at its base. */
import { integerOption, realOption } from './options';

export const groupOption = integerOption({
  default: 8,
  min: 2,
  max: 256,
  label: 'Group',
  help: 'Pictures a prompt; divides the batch.',
});

/** @param held what is held: "steps" */
export const klOption = (of: { default: number; held: string }) =>
  realOption({
    default: of.default,
    min: 0,
    max: 100,
    label: 'KL',
    help: `How strongly ${of.held} are held at the base’s.`,
  });
