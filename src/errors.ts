/**
 * @file The one error class whose message is meant for the user.
 *
 * A `UserError` is one sentence that names the thing that is wrong, what was expected and, where it
 * helps, what to do. The program prints it without a stack and exits with code 1; the studio shows it
 * in a notice. Any other error is a defect of ours.
 *
 * Whatever goes into the sentence, it is one short line without control characters. Names, paths and values out of
 * files go through `shown` and `showValue` first, so that each is shortened by itself.
 */
import { oneSentence } from './shown';

export class UserError extends Error {
  override name = 'UserError';

  constructor(message: string, options?: ErrorOptions) {
    super(oneSentence(message), options);
  }
}
