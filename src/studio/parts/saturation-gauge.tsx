/**
 * @file Colour saturation of the pictures being trained on, beside the spread of real pictures of the wanted style.
 *
 * Saturation is the mean over pixels of max − min over RGB, as in the metrics. Rewards that like vivid colour push it
 * up: leaving that spread is the earliest sign of reward hacking.
 */
import { useMemo } from 'react';
import { wordsInForce } from '../../formats/control-words';
import { bandsOf, type SaturationNow, saturationNow, UPDATES } from '../state/saturation';
import { cursorStepOf, useMark, useStudio, viewOf } from '../state/store';
import { Term } from './term';
import './saturation-gauge.css';

const VERDICTS: Record<SaturationNow['verdict'], string> = {
  none: 'No band: these words mean no style whose real pictures were measured.',
  early: 'Outside of real pictures of the wanted style. The first updates say little.',
  inside:
    'Inside the spread of real pictures of the wanted style. Leaving it can mean that the reward is being hacked.',
  'as-at-the-start': 'Outside of real pictures of the wanted style, but no further than when the run began.',
  above:
    'Above real pictures of the wanted style, and further than at first: check whether the reward is being hacked.',
  below:
    'Below real pictures of the wanted style, and further than at first: check whether the reward is being hacked.',
};

export function SaturationGauge() {
  const view = useStudio(viewOf);
  const bundle = useStudio((state) => state.bundle);
  const marked = useMark('saturation');
  const step = useStudio(cursorStepOf);
  const found = useMemo(() => {
    if (!view?.metrics.length) return null;
    const before = view.metrics.filter((m) => m.step <= step);
    const values = (before.length > 0 ? before : view.metrics.slice(0, 1)).map(({ saturation }) => saturation);
    const { positive } = wordsInForce(view.run, view.wordChanges, step);
    return saturationNow(values, bundle ? bandsOf(positive, bundle) : []);
  }, [view, bundle, step]);
  if (!found) return null;
  const { now, band } = found;
  const alarm = found.verdict === 'above' || found.verdict === 'below';
  const position = (v: number) => `${Math.min(Math.max(v, 0), 1) * 100}%`;
  const verdict = VERDICTS[found.verdict];
  return (
    <div className="gauge-box" data-mark={marked}>
      <div className="chart-head">
        <span id="saturation-label">
          <Term id="saturation">Saturation</Term> of the last {UPDATES} updates
        </span>
        <b>{now.toFixed(2)}</b>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: <meter> cannot show the band of real pictures */}
      <div
        className={`gauge ${alarm ? 'outside' : ''}`}
        role="meter"
        aria-labelledby="saturation-label"
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={Number(now.toFixed(3))}
        aria-valuetext={`${now.toFixed(2)}. ${verdict}`}
      >
        {band && <i style={{ left: position(band.p5), width: `calc(${position(band.p95)} - ${position(band.p5)})` }} />}
        <b style={{ left: position(now) }} />
      </div>
      <p className="note">{verdict}</p>
    </div>
  );
}
