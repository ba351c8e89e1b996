/** @file The arrows by number: how strongly and in which direction each method would bend the path at the cursor's σ. */
import { useEffect, useState } from 'react';
import { laboratorySides } from '../../../remote/laboratory';
import { METHODS } from '../../../state/methods';
import { getState } from '../../../state/store';
import { arrowsAt } from './draw-plane';

/** Milliseconds between two looks at the arrows. */
const PACE = 250;

const COMPASS = ['right', 'up right', 'up', 'up left', 'left', 'down left', 'down', 'down right'];

/** @param own the methods of the sides */
export function ArrowLegend({ own }: { own: readonly string[] }) {
  const [arrows, setArrows] = useState<ReturnType<typeof arrowsAt>>([]);
  useEffect(() => {
    const look = () => {
      const [side] = laboratorySides;
      const now = side ? arrowsAt(side, getState().fields.labSigma) : [];
      setArrows((before) => (JSON.stringify(before) === JSON.stringify(now) ? before : now));
    };
    const timer = setInterval(look, PACE);
    return () => clearInterval(timer);
  }, []);
  return (
    <section className="lab-legend" aria-label="Gradients of the methods">
      <p className="note">
        Where one step of each method would bend the path at this σ. Every step is equally long in the LoRA’s numbers,
        so a longer arrow says: this method trains this level more.
      </p>
      <ol>
        {METHODS.map(({ id, label }, i) => {
          const arrow = arrows.find((found) => found.id === id);
          const length = arrow ? Math.hypot(arrow.x, arrow.y) : 0;
          const way = arrow ? COMPASS[(Math.round(Math.atan2(arrow.y, arrow.x) / (Math.PI / 4)) + 8) % 8] : '';
          return (
            <li key={id} className={own.includes(id) ? 'own' : ''}>
              <span className="number">{i + 1}</span>
              <span>{label}</span>
              <span className="bar" aria-hidden="true">
                <b style={{ width: `${100 * length}%` }} />
              </span>
              <span className="hidden">
                {length < 0.02 ? 'nothing' : `${way}, ${Math.round(100 * length)} % of the longest`}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
