/**
 * @file Colour saturation of the pictures being trained on, beside the spread of the base's own samples.
 *
 * Saturation is the mean over pixels of max − min over RGB, as in the metrics. Rewards that like vivid colour push it
 * up: leaving the base's spread is the earliest sign of reward hacking.
 */
import { useMemo } from 'react';
import type { Picture } from '../../worker/protocol';
import { cursorStepOf, useMark, useStudio, viewOf } from '../state/store';
import './saturation-gauge.css';

/** Mean over pixels of max − min over RGB, 0 to 1. */
export function saturationOf({ data }: Pick<Picture, 'data'>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    sum += Math.max(r, g, b) - Math.min(r, g, b);
  }
  return sum / (255 * (data.length / 4));
}

export function SaturationGauge() {
  const view = useStudio(viewOf);
  const marked = useMark('saturation');
  const step = useStudio(cursorStepOf);
  const first = view?.samples.find((row) => row.step === 0)?.pictures ?? null;
  const spread = useMemo(() => {
    if (!first?.length) return null;
    const all = first.map(saturationOf);
    return { low: Math.min(...all), high: Math.max(...all) };
  }, [first]);
  const now = view?.metrics.findLast((m) => m.step <= step)?.saturation ?? view?.metrics[0]?.saturation;
  if (now === undefined) return null;
  const position = (v: number) => `${Math.min(Math.max(v, 0), 1) * 100}%`;
  const outside = spread && (now > spread.high || now < spread.low);
  const verdict = !spread
    ? 'No samples of step 0 to compare with.'
    : outside
      ? `${now > spread.high ? 'Above' : 'Below'} the spread of the base’s own samples: check whether the reward is being hacked.`
      : 'Inside the spread of the base’s own samples. Leaving the band can mean that the reward is being hacked.';
  return (
    <div className="gauge-box" data-mark={marked}>
      <div className="chart-head">
        <span id="saturation-label">Saturation</span>
        <b>{now.toFixed(2)}</b>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: <meter> cannot show the band of the base’s samples */}
      <div
        className={`gauge ${outside ? 'outside' : ''}`}
        role="meter"
        aria-labelledby="saturation-label"
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={Number(now.toFixed(3))}
        aria-valuetext={`${now.toFixed(2)}. ${verdict}`}
      >
        {spread && (
          <i
            style={{ left: position(spread.low), width: `calc(${position(spread.high)} - ${position(spread.low)})` }}
          />
        )}
        <b style={{ left: position(now) }} />
      </div>
      <p className="note">{verdict}</p>
    </div>
  );
}
