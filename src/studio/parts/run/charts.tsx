/** @file The right-hand column: live charts of the run, the saturation gauge, and what can be done with the result. */
import { useMemo } from 'react';
import type { Metrics } from '../../../worker/protocol';
import { exportMetrics } from '../../actions/export-metrics';
import { exportPeft } from '../../actions/export-peft';
import { exportRunFile } from '../../actions/export-run-file';
import { exportSafetensors } from '../../actions/export-safetensors';
import { logScale } from '../../actions/log-scale';
import { useField, useMark, useStudio, viewOf } from '../../state/store';
import { ActionButton } from '../action-button';
import { Chart, type Series } from '../chart';
import { SaturationGauge } from '../saturation-gauge';
import './charts.css';

export function Charts() {
  const metrics = useStudio((state) => viewOf(state)?.metrics);
  const both = metrics?.some((m) => m.rewardInversion !== null) ?? false;
  const trained = useStudio((state) => state.live !== null);
  const recorded = useStudio((state) => state.recording);
  const [log] = useField('logScale');
  const keeps = useStudio((state) => state.keepsRecords);
  const marked = useMark('charts');
  const { steps, reward, loss, gradient, saturation } = useMemo(() => {
    const list = metrics ?? [];
    const of = (key: keyof Metrics) => list.map((m) => m[key] as number);
    const pair = (denoise: keyof Metrics, inversion: keyof Metrics): Series[] => {
      const series: Series[] = [{ label: 'denoise branch', color: '--pos', values: of(denoise) }];
      if (both) series.push({ label: 'inversion branch', color: '--neg', dashed: true, values: of(inversion) });
      return series;
    };
    return {
      steps: of('step'),
      reward: pair('rewardDenoise', 'rewardInversion'),
      loss: pair('lossDenoise', 'lossInversion'),
      gradient: [{ label: 'gradient norm', color: '--accent', values: of('gradNorm') }],
      saturation: [{ label: 'saturation', color: '--dim', values: of('saturation') }],
    };
  }, [metrics, both]);
  return (
    <aside className="charts" data-mark={marked} aria-label="Charts of this run">
      {steps.length === 0 ? (
        <p className="note">Charts of reward, loss and gradient appear with the first training step.</p>
      ) : (
        <>
          <div className="chart-options">
            <p className="note legend-note">
              <span className="swatch" aria-hidden="true" />
              {both ? 'denoise' : 'denoise branch'}
              {both && (
                <>
                  <span className="swatch dashed" aria-hidden="true" />
                  inversion
                </>
              )}
            </p>
            <ActionButton action={logScale} kind="quiet">
              {log ? 'linear scale' : 'log scale'}
            </ActionButton>
          </div>
          <Chart title="Reward" steps={steps} series={reward} />
          <Chart title="Loss" steps={steps} series={loss} log={log} />
          <Chart title="Gradient norm" steps={steps} series={gradient} log={log} />
          <SaturationGauge />
          <Chart title="Saturation by step" steps={steps} series={saturation} />
        </>
      )}
      <section className="this-run">
        <h2>This run</h2>
        <p className="note">
          {!trained && recorded && `A recorded run, “${recorded.name}”, computed on ${recorded.made}. `}
          {!keeps
            ? 'This browser keeps no data for this page: runs last until it is closed, so export what you want to keep.'
            : trained
              ? 'Saved in this browser after every step. Close the tab and go on later.'
              : 'Your own runs are saved in this browser after every step.'}
        </p>
        <h3>Export</h3>
        <div className="exports">
          <ActionButton action={exportSafetensors}>.safetensors</ActionButton>
          <ActionButton action={exportPeft}>PEFT folder</ActionButton>
          <ActionButton action={exportRunFile}>run.json</ActionButton>
          <ActionButton action={exportMetrics}>metrics</ActionButton>
        </div>
      </section>
    </aside>
  );
}
