/** @file The selected column enlarged: four pictures with their formulas, and its numbers for both predictions. */
import type { Picture, Timeline } from '../../../worker/protocol';
import { signed } from '../../numbers/in-words';
import { useMark } from '../../state/store';
import { PictureCanvas } from '../picture-canvas';
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
  const figures: { key: keyof typeof FORMULAS; title: string; picture: Picture }[] = [
    { key: 'clean', title: 'Clean picture', picture: timeline.clean },
    { key: 'injected', title: 'Injected', picture: c.injected },
    { key: 'recovered', title: 'Direct-Align', picture: c.recovered },
    { key: 'oneStep', title: 'One step', picture: c.oneStep },
  ];
  const inside = c.sigma >= timeline.sigmaMin && c.sigma <= timeline.sigmaMax;
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
          <span>
            From σ<sub>s</sub> = {c.sigma.toFixed(2)} to σ<sub>r</sub> = {c.sigmaRecovered.toFixed(2)}
          </span>
          <span className="note">
            <span className="more">+ {timeline.positive}</span> <span className="less">− {timeline.negative}</span>
          </span>
          <span className="note">{inside ? 'inside the trained interval' : 'outside the trained interval'}</span>
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col">Direct-Align</th>
            <th scope="col">one step</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              <span className="more">+ reward</span>
            </th>
            <td>{signed(c.reward)}</td>
            <td>{signed(c.rewardOneStep)}</td>
          </tr>
          <tr>
            <th scope="row">
              <span className="less">− penalty</span>
            </th>
            <td>{signed(c.penalty)}</td>
            <td>{signed(c.penaltyOneStep)}</td>
          </tr>
          <tr className="sum">
            <th scope="row">= difference</th>
            <td>{signed(c.reward - c.penalty)}</td>
            <td>{signed(c.rewardOneStep - c.penaltyOneStep)}</td>
          </tr>
          <tr>
            <th scope="row">gradient γ</th>
            <td>{signed(c.gamma, 2)}</td>
            <td>{signed(-c.sigma, 2)}</td>
          </tr>
          <tr>
            <th scope="row">weight κ</th>
            <td>{c.kappa.toFixed(2)}</td>
            <td>{c.kappa.toFixed(2)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
