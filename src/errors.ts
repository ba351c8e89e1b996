/**
 * @file The one error class whose message is meant for the user.
 *
 * A `UserError` is one sentence that names the thing that is wrong, what was expected and, where it
 * helps, what to do. The program prints it without a stack and exits with code 1; the studio shows it
 * in a notice. Any other error is a defect of ours.
 */
export class UserError extends Error {
  override name = 'UserError';
}
