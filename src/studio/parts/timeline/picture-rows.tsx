/**
 * @file The rows of pictures below the curves, as one ARIA slider over the noise levels: arrows move it, Home and End
 * jump, a press or a drag selects the column under the pointer.
 */
import type { KeyboardEvent, PointerEvent } from 'react';
import { type PictureRow, ROWS, trainedOf } from '../../../formats/timeline';
import type { Timeline } from '../../../worker/protocol';
import { signed } from '../../numbers/in-words';
import { pausePlayback } from '../../state/playback';
import { useMark } from '../../state/store';
import { PictureCanvas } from '../picture-canvas';
import './picture-rows.css';

/** What a lesson calls a row. */
const MARKS: Record<PictureRow, string> = { injected: 'injected', recovered: 'recovered', oneStep: 'one-step' };

export interface TimelineRowsProps {
  timeline: Timeline;
  selected: number;
  shown: number;
  onSelect(column: number): void;
  onHover(column: number | null): void;
}

/** What a screen reader says of a column. */
export function columnText(timeline: Timeline, column: number): string {
  const { sigma, reward, penalty } = timeline.columns[column];
  const trained = trainedOf(timeline);
  const said = [`sigma ${sigma.toFixed(2)}`, `reward ${signed(reward)}`];
  if (penalty !== null) said.push(`penalty ${signed(penalty)}`);
  if (trained) {
    const inside = sigma >= trained.sigmaMin && sigma <= trained.sigmaMax;
    said.push(`${inside ? 'inside' : 'outside'} the trained interval`);
  }
  return said.join(', ');
}

export function TimelineRows({ timeline, selected, shown, onSelect, onHover }: TimelineRowsProps) {
  const { columns } = timeline;
  const clean = useMark('clean');
  const select = (column: number) => {
    pausePlayback();
    onSelect(Math.min(Math.max(column, 0), columns.length - 1));
  };
  const columnAt = (event: PointerEvent) => {
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-column]');
    return cell ? Number(cell.dataset.column) : null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowRight: selected + 1,
      ArrowDown: selected - 1,
      ArrowLeft: selected - 1,
      ArrowUp: selected + 1,
      PageUp: selected + 3,
      PageDown: selected - 3,
      Home: 0,
      End: columns.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(next);
  };
  return (
    <>
      <div
        className="rows"
        role="slider"
        tabIndex={0}
        aria-label="Noise level, from noise to the clean picture"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={columns.length - 1}
        aria-valuenow={selected}
        aria-valuetext={columnText(timeline, selected)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          const column = columnAt(event);
          if (column !== null) select(column);
        }}
        onPointerMove={(event) => {
          const column = columnAt(event);
          onHover(column);
          if (column !== null && event.buttons === 1 && event.pointerType !== 'touch') select(column);
        }}
      >
        <div className="row-label axis">noise level σ</div>
        {columns.map((column, i) => (
          <div key={column.sigma} data-column={i} className={`axis ${i === shown ? 'on' : ''}`}>
            {column.sigma.toFixed(2)}
          </div>
        ))}
        {ROWS[timeline.sees].map(({ key, label, note }) => (
          <Row
            key={key}
            label={label}
            note={note}
            mark={MARKS[key]}
            timeline={timeline}
            picture={key}
            shown={shown}
            selected={selected}
          />
        ))}
      </div>
      <div className="clean" data-mark={clean}>
        <div className="axis">0</div>
        <PictureCanvas picture={timeline.clean} alt={`Clean picture of “${timeline.prompt}”`} />
        <span>{timeline.sees === 'picture' ? 'clean, scored' : 'clean'}</span>
      </div>
    </>
  );
}

interface RowProps {
  label: string;
  note: string;
  mark: string;
  timeline: Timeline;
  picture: PictureRow;
  shown: number;
  selected: number;
}

function Row({ label, note, mark, timeline, picture, shown, selected }: RowProps) {
  const marked = useMark(mark);
  return (
    <>
      <div className="row-label" data-mark={marked}>
        <b>{label}</b>
        {note}
      </div>
      {timeline.columns.map((column, i) => (
        <div
          key={column.sigma}
          data-column={i}
          data-mark={marked}
          className={`cell ${i === shown ? 'on' : ''} ${i === selected ? 'selected' : ''}`}
        >
          <PictureCanvas picture={column[picture] ?? null} alt="" />
        </div>
      ))}
    </>
  );
}
