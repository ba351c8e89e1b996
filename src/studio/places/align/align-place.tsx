/** @file The Align place: settings on the left, the timeline in the middle, charts on the right. */

import { Timeline } from '../../parts/timeline/timeline';
import { useStudio } from '../../state/store';
import { Charts } from './charts';
import { Samples } from './samples';
import { Settings } from './settings';
import './align-place.css';

export function AlignPlace() {
  const capability = useStudio((state) => state.capability);
  return (
    <div className="align-place">
      <Settings />
      <div className="middle">
        {capability && capability.kind !== 'ready' && (
          <p className="banner" role="status">
            {capability.sentence} Until then, the recorded run below can be explored.
          </p>
        )}
        <Timeline />
        <Samples />
      </div>
      <Charts />
    </div>
  );
}
