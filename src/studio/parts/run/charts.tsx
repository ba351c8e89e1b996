/** @file The right-hand column: live charts of the run, the saturation gauge, and what can be done with the result. */
import { Fragment, useMemo } from 'react';
import { exportMetrics } from '../../actions/export-metrics';
import { exportPeft } from '../../actions/export-peft';
import { exportRecording } from '../../actions/export-recording';
import { exportRunFile } from '../../actions/export-run-file';
import { exportSafetensors } from '../../actions/export-safetensors';
import { logScale } from '../../actions/log-scale';
import { chartsOf } from '../../state/charted';
import { judgedOf } from '../../state/run-view';
import { useField, useMark, useStudio, viewOf } from '../../state/store';
import { ActionButton } from '../action-button';
import { SaturationGauge } from '../saturation-gauge';
import { BestStep } from './best-step';
import { GammaChart } from './gamma-chart';
import { RunChart } from './run-chart';
import { UpdateDetails } from './update-details';
import './charts.css';

export function Charts() {
  const metrics = useStudio((state) => viewOf(state)?.metrics);
  const method = useStudio((state) => viewOf(state)?.run.method);
  const trained = useStudio((state) => state.live !== null);
  const recorded = useStudio((state) => state.recording);
  const [log] = useField('logScale');
  const keeps = useStudio((state) => state.keepsRecords);
  const marked = useMark('charts');
  const steps = useMemo(() => (metrics ?? []).map(({ step }) => step), [metrics]);
  const samples = useStudio((state) => viewOf(state)?.samples);
  const judged = useMemo(() => judgedOf(samples ?? []), [samples]);
  const charts = useMemo(() => (metrics && method ? chartsOf(method, metrics, judged) : []), [metrics, method, judged]);
  const branches = charts.find(({ series, steps: own }) => series.length > 1 && !own)?.series ?? [];
  return (
    <aside className="charts" data-mark={marked} aria-label="Charts of this run">
      {steps.length === 0 ? (
        <p className="note">Charts of reward, loss and gradient appear with the first training step.</p>
      ) : (
        <>
          <div className="chart-options">
            <p className="note legend-note">
              {branches.map(({ label, color, dashed }) => (
                <span key={label} className={`tint${color}`}>
                  <span className={`swatch ${dashed ? 'dashed' : ''}`} aria-hidden="true" />
                  {label.replace(/ branch$/, '')}
                </span>
              ))}
            </p>
            <ActionButton action={logScale} kind="quiet">
              {log ? 'linear scale' : 'log scale'}
            </ActionButton>
          </div>
          {charts.map(({ title, series, steps: own, canBeLog }) => (
            <Fragment key={title}>
              {title.startsWith('Saturation') && <SaturationGauge />}
              {own && <BestStep />}
              <RunChart title={title} steps={own ?? steps} series={series} log={canBeLog && log} />
            </Fragment>
          ))}
          <UpdateDetails />
        </>
      )}
      <GammaChart />
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
          <ActionButton action={exportRecording}>recording</ActionButton>
        </div>
      </section>
    </aside>
  );
}
