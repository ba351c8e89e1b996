/** @file What Compare has drawn: the columns' names, then a block a prompt with a picture of each column. */
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { PictureCanvas } from '../../parts/picture-canvas';
import { pin } from '../../state/compare-changes';
import { type DrawnCell, type DrawnColumn, gridRows, recordedColumns } from '../../state/compare-grid';
import { useStudio } from '../../state/store';

export function DrawnPictures() {
  const { columns, axis, subject, busy } = useStudio((state) => state.compare);
  const recording = useStudio((state) => state.recording);
  const recorded = columns.length === 0 && !busy ? recordedColumns(recording) : [];
  const shown = columns.length > 0 ? columns : recorded;
  const isSides = recorded.length > 0 || axis === 'sides';
  if (shown.length === 0) {
    return (
      <section className="panel drawn" aria-label="Pictures">
        <p className="empty-side">
          {busy ? 'Drawing…' : 'Not drawn yet. Every column gets the same prompts and seeds.'}
        </p>
      </section>
    );
  }
  const own = shown.flatMap((column, i) => (column.sameAs === null ? [{ ...column, at: i }] : []));
  const rows = gridRows(own);
  const seeds = Math.max(...rows.flatMap(({ cells }) => cells.map((of) => of.length)));
  const style = { '--columns': own.length, '--seeds': seeds } as React.CSSProperties;
  return (
    <section className="panel drawn" aria-labelledby="drawn-title">
      <h2 id="drawn-title" className={subject && !isSides ? 'drawn-subject' : 'hidden'}>
        {isSides || !subject ? 'Pictures' : `${subject}, ${axis === 'steps' ? 'step by step' : 'strength by strength'}`}
      </h2>
      <ul className={`drawn-names ${isSides ? '' : 'along'}`}>
        {shown.map((column, i) => (
          <Name key={column.short} column={column} same={column.sameAs === null ? null : shown[column.sameAs].short}>
            {isSides && recorded.length === 0 && column.sameAs === null && (
              <ToggleButton
                className="chip-button"
                isSelected={column.pinned}
                onChange={(pinned) => pin(i, pinned)}
                isDisabled={busy}
              >
                {column.pinned ? `${column.short} is pinned` : `Pin ${column.short}`}
              </ToggleButton>
            )}
          </Name>
        ))}
      </ul>
      <div className="drawn-rows" style={style}>
        {rows.map(({ prompt, cells }) => (
          <div className="drawn-row" key={prompt}>
            <h3>{prompt}</h3>
            <div className="drawn-columns">
              {cells.map((of, i) => (
                <div key={own[i].short} className="drawn-cell">
                  <div className="drawn-seeds">
                    {of.map((cell) => (
                      <Drawn key={cell.seed} cell={cell} column={own[i]} />
                    ))}
                  </div>
                  <span className="drawn-short" aria-hidden="true">
                    {own[i].short}
                  </span>
                </div>
              ))}
            </div>
          </div>
        ))}
      </div>
    </section>
  );
}

interface NameProps {
  column: DrawnColumn;
  /** The column that shows the same. */
  same: string | null;
  children: React.ReactNode;
}

function Name({ column: { short, label }, same, children }: NameProps) {
  return (
    <li>
      <span className="side-letter">{short}</span>
      <span className="drawn-label">
        {label}
        {same !== null && <span className="note"> The same as {same}, so it is not drawn twice.</span>}
      </span>
      {children}
    </li>
  );
}

function Drawn({ cell: { prompt, seed, picture }, column }: { cell: DrawnCell; column: DrawnColumn }) {
  const alt = `“${prompt}”, seed ${seed}, ${column.label}`;
  return <PictureCanvas picture={picture} alt={picture ? alt : `Not drawn: ${alt}`} />;
}
