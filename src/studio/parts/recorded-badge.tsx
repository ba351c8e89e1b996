/** @file Says of what is shown that it is a recorded run, and which; nothing where it is a run of the user's. */
import type { RunView } from '../state/run-view';
import { titleOfRecording } from '../state/shown-run';

export function RecordedBadge({ view }: { view: RunView }) {
  if (view.source !== 'recording') return null;
  return <span className="badge">recorded run “{titleOfRecording(view)}”</span>;
}
