/** @file The selected column enlarged: its pictures with their formulas, and its numbers for what is predicted there. */
import type { ReactNode } from 'react';
import { ROWS, SEEN, trainedOf, wordsOf } from '../../../formats/timeline';
import type { Picture, Timeline } from '../../../worker/protocol';
import { signed } from '../../numbers/in-words';
import { useMark } from '../../state/store';
import { PictureCanvas } from '../picture-canvas';
import { Term } from '../term';
import { FORMULAS } from './formulas';
import './inspector.css';

export interface TimelineInspectorProps {
  timeline: Timeline;
  column: number;
}

export function TimelineInspector({ timeline, column }: TimelineInspectorProps) {
  const c = timeline.columns[column];
  const whole = useMark('inspector');
  const numbers = useMark('numbers');
  const trained = trainedOf(timeline);
  const figures: { key: keyof typeof FORMULAS; title: string; picture: Picture }[] = [
    { key: 'clean', title: 'Clean picture', picture: timeline.clean },
    ...ROWS[timeline.sees].flatMap(({ key, label }) => {
      const picture = c[key];
      return picture ? [{ key, title: label, picture }] : [];
    }),
  ];
  const inside = trained && c.sigma >= trained.sigmaMin && c.sigma <= trained.sigmaMax;
  const { positive, negative } = wordsOf(timeline);
  const { name, sentence } = SEEN[timeline.sees];
  /** Whether one step is something else than what the reward sees. */
  const beside = timeline.sees !== 'one-step';
  const row = (head: ReactNode, seen: number | null, oneStep: number | null, digits?: number, className?: string) => (
    <tr className={className}>
      <th scope="row">{head}</th>
      <td>{seen === null ? '–' : signed(seen, digits)}</td>
      {beside && <td>{oneStep === null ? '–' : signed(oneStep, digits)}</td>}
    </tr>
  );
  return (
    <div className="inspector" data-mark={whole}>
      <div className="figures">
        {figures.map(({ key, title, picture }) => (
          <figure key={key}>
            <PictureCanvas picture={picture} alt={`${title}, sigma ${c.sigma.toFixed(2)}`} />
            <figcaption>
              <b>{title}</b>
              <span className="formula" aria-hidden="true">
                {FORMULAS[key].math}
              </span>
              <span className="hidden">{FORMULAS[key].spoken}</span>
              <code>
                {FORMULAS[key].code.name} <span>{FORMULAS[key].code.file}</span>
              </code>
            </figcaption>
          </figure>
        ))}
      </div>
      <table className="numbers" data-mark={numbers}>
        <caption>
          {c.sigmaRecovered === null ? (
            <span>At σ = {c.sigma.toFixed(2)}</span>
          ) : (
            <span>
              From σ<sub>s</sub> = {c.sigma.toFixed(2)} to σ<sub>r</sub> = {c.sigmaRecovered.toFixed(2)}
            </span>
          )}
          <span className="note">
            {positive !== null && <span className="more">+ {positive}</span>}{' '}
            {negative !== null && <span className="less">− {negative}</span>}
          </span>
          <span className="note">
            {inside === null ? sentence : inside ? 'inside the trained interval' : 'outside the trained interval'}
          </span>
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{name}</th>
            {beside && (
              <th scope="col">
                <Term id="one-step">one step</Term>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {row(<span className="more">+ reward</span>, c.reward, c.rewardOneStep)}
          {c.penalty !== null && row(<span className="less">− penalty</span>, c.penalty, c.penaltyOneStep)}
          {c.penalty !== null &&
            row(
              <Term id="reward">= difference</Term>,
              c.reward - c.penalty,
              c.rewardOneStep - (c.penaltyOneStep ?? 0),
              undefined,
              'sum',
            )}
          {c.gamma !== null && row(<Term id="gamma">gradient γ</Term>, c.gamma, -c.sigma, 2)}
          {c.sigmaRecovered !== null && row(<Term id="kappa">weight κ</Term>, c.kappa, c.kappa, 2)}
        </tbody>
      </table>
    </div>
  );
}
