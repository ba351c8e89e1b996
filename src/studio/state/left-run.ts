/** @file The run that was left to set up another: the same settings would make the same updates again. */
import { canonicalJson, type RunFile } from '../../formats/run-file';
import { settingsRun } from './run-of-fields';
import { getState, type StudioState, setFields, useStudio } from './store';

/** Everything that an update depends on. */
function updatesKey({ steps: _, samples: __, keepEvery: ___, stop: ____, bundle: _____, ...rest }: RunFile): string {
  return canonicalJson(rest);
}

/** The name of the run that Align would repeat; null where the settings are others. */
export function repeatedRun({ left, live, fields }: Pick<StudioState, 'left' | 'live' | 'fields'>): string | null {
  if (!left || live) return null;
  const run = settingsRun(fields);
  return run && updatesKey(run) === updatesKey(left.run) ? left.name : null;
}

/** Makes room on the page: its settings stay, and can be changed. */
export function leaveRun(): void {
  const { live } = getState();
  // One whose words were changed while it trained is repeated by no settings.
  const left = live?.wordChanges.length === 0 ? { name: live.name, run: live.run } : null;
  useStudio.setState({ live: null, inspected: null, progress: null, left });
  setFields({ cursorStep: null });
}
