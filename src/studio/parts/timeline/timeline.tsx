/**
 * @file The timeline: one alignment step, seen at every noise level, from noise on the left to the clean picture on
 * the right. Curves, rows of pictures and the enlarged column share one cursor.
 */
import { useEffect, useRef, useState } from 'react';
import { SEEN } from '../../../formats/timeline';
import { drawTimeline } from '../../actions/draw-timeline';
import { nextNoise } from '../../actions/next-noise';
import { playNoise } from '../../actions/play';
import { previousNoise } from '../../actions/previous-noise';
import { slow } from '../../actions/slow';
import { timelineOf, useField, useStudio, viewOf } from '../../state/store';
import { ActionButton } from '../action-button';
import { BackIcon, ForwardIcon, PauseIcon, PlayIcon, SlowIcon } from '../icons';
import { RecordedBadge } from '../recorded-badge';
import { TimelineCurves } from './curves';
import { TimelineInspector } from './inspector';
import { TimelineRows } from './picture-rows';
import { TimelinePrompt } from './prompt-form';
import './timeline.css';

export function Timeline() {
  const timeline = useStudio(timelineOf);
  const view = useStudio(viewOf);
  const playing = useStudio((state) => state.playing === 'sigma');
  const isSlow = useStudio((state) => state.fields.slow);
  const [column, setColumn] = useField('cursorColumn');
  const [hovered, setHovered] = useState<number | null>(null);
  const selected = timeline ? Math.min(column, timeline.columns.length - 1) : 0;
  const shown = hovered !== null && timeline && hovered < timeline.columns.length ? hovered : selected;
  const scroll = useRef<HTMLDivElement>(null);
  // On a narrow screen the grid is wider than its box: the selected column is brought into it.
  useEffect(() => {
    const box = scroll.current;
    const column = box?.querySelector<HTMLElement>(`.axis[data-column="${selected}"]`);
    if (!box || !column || box.scrollWidth <= box.clientWidth) return;
    const { left, right } = column.getBoundingClientRect();
    const view = box.getBoundingClientRect();
    // The rows' names stay at its left edge.
    const from = view.left + (box.querySelector<HTMLElement>('.row-label')?.offsetWidth ?? 0);
    if (left < from || right > view.right) box.scrollLeft += (left + right - from - view.right) / 2;
  }, [selected]);
  return (
    <section className="timeline panel" aria-labelledby="timeline-title">
      <header className="timeline-head">
        <div className="transport">
          <ActionButton action={previousNoise} kind="icon">
            <BackIcon />
          </ActionButton>
          <ActionButton action={playNoise} kind="icon">
            {playing ? <PauseIcon /> : <PlayIcon />}
          </ActionButton>
          <ActionButton action={nextNoise} kind="icon">
            <ForwardIcon />
          </ActionButton>
          <span className={isSlow ? 'pressed' : ''}>
            <ActionButton action={slow} kind="icon">
              <SlowIcon />
            </ActionButton>
          </span>
        </div>
        <div className="timeline-title">
          <h2 id="timeline-title">One alignment step at every noise level</h2>
          {timeline && (
            <p className="note">
              “{timeline.prompt}”, seed {timeline.seed},{' '}
              {timeline.step === 0 ? 'before training' : `after step ${timeline.step}`}
              {view && <RecordedBadge view={view} />}
            </p>
          )}
          {timeline && <p className="note">{SEEN[timeline.sees].sentence}</p>}
        </div>
        <TimelinePrompt />
      </header>
      {timeline ? (
        <>
          <div ref={scroll} className="timeline-scroll">
            <div
              className="timeline-grid"
              style={{ '--columns': timeline.columns.length } as React.CSSProperties}
              onPointerLeave={() => setHovered(null)}
            >
              <TimelineCurves timeline={timeline} shown={shown} onHover={setHovered} onSelect={setColumn} />
              <TimelineRows
                timeline={timeline}
                selected={selected}
                shown={shown}
                onSelect={setColumn}
                onHover={setHovered}
              />
            </div>
          </div>
          <TimelineInspector timeline={timeline} column={shown} />
        </>
      ) : (
        <div className="timeline-empty">
          <p>
            {view?.source === 'live' && view.frameSteps.length === 0
              ? 'The first timeline of your run is drawn after its samples.'
              : view
                ? 'The pictures of this step are not in memory any more. They can be drawn again from the kept LoRA.'
                : 'No pictures yet. Press Align to train, or draw the timeline of a prompt with the base.'}
          </p>
          {!(view?.source === 'live' && view.frameSteps.length === 0) && <ActionButton action={drawTimeline} />}
        </div>
      )}
    </section>
  );
}
