/** @file How an error is shown. */
import { UserError } from '../../errors';
import { notify } from '../state/store';

/** Shows an error: its sentence where it is meant for users, a general one where it is a defect of ours. */
export function report(error: unknown, retry?: () => void): void {
  if (!(error instanceof UserError)) console.error(error);
  const message =
    error instanceof UserError ? error.message : `Something went wrong in the studio itself: ${String(error)}`;
  notify('error', message, retry && { label: 'Try again', accept: retry });
}
