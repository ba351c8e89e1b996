/** @file The Align place: settings on the left, the timeline in the middle, charts on the right. */

import { Ballot } from '../../parts/ballot/ballot';
import { Charts } from '../../parts/run/charts';
import { Finished } from '../../parts/run/finished';
import { Samples } from '../../parts/run/samples';
import { Settings } from '../../parts/run/settings';
import { Showcase } from '../../parts/run/showcase';
import { Timeline } from '../../parts/timeline/timeline';
import { useStudio } from '../../state/store';
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
        <Finished />
        <Ballot />
        <Showcase />
        <Timeline />
        <Samples />
      </div>
      <Charts />
    </div>
  );
}
