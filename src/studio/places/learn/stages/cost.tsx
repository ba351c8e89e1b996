/**
 * @file What differentiating costs: DRaFT's last K steps beside Direct-Align's one call, as bars. Bytes and arithmetic are
 * counted from the graph of mini-flux (src/lesson-data/cost.ts), the rest was measured (docs/METHODS.md).
 */

import cost from '../../../lessons/data/cost.json';
import measured from '../../../lessons/data/measured.json';
import { bytes } from '../../../numbers/in-words';
import { useMark } from '../../../state/store';
import './cost.css';

interface Row {
  label: string;
  /** Calls of the transformer, with and without gradient. */
  calls: [number, number];
  bytes: number;
  flops: number;
  own?: boolean;
}

const [one] = cost.chains;
const ROWS: readonly Row[] = [
  ...cost.chains.map(({ calls, ...rest }) => ({
    label: `DRaFT-${calls}`,
    calls: [calls, cost.steps] as Row['calls'],
    ...rest,
  })),
  { label: 'Direct-Align', calls: [1, cost.steps], bytes: one.bytes, flops: one.flops, own: true },
  {
    label: 'Direct-Align, own pictures',
    ...{ calls: [1, 0], bytes: one.bytes, flops: one.flops - cost.steps * cost.forward, own: true },
  },
];

export function Cost() {
  const memory = useMark('memory');
  const time = useMark('time');
  return (
    <section className="cost panel" aria-label="What an update costs">
      <div className="cost-two">
        <Bars
          marked={memory}
          title="Memory, every intermediate kept"
          rows={ROWS.map(({ bytes: value, ...row }) => ({ ...row, value, text: bytes(value) }))}
        />
        <Bars
          marked={time}
          title="Arithmetic of one update"
          rows={ROWS.map(({ flops, ...row }) => ({ ...row, value: flops, text: `${(flops / 1e9).toFixed(0)} GFLOP` }))}
        />
      </div>
      <p className="note">
        Counted from the graph of mini-flux for one picture; a rollout has {cost.steps} steps. Weights are left out: all
        methods hold the same.
      </p>
      <table className="cost-measured">
        <caption>
          Measured: this studio computes each call again on the way back instead of keeping it, so memory stays flat and
          time pays (two pictures an update, on two processor cores; docs/METHODS.md)
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col">peak memory</th>
            <th scope="col">seconds an update</th>
          </tr>
        </thead>
        <tbody>
          {measured.rows.map(({ label, mebibytes, seconds }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{mebibytes.toFixed(0)} MiB</td>
              <td>{seconds.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface BarsProps {
  marked: true | undefined;
  title: string;
  rows: readonly { label: string; calls: [number, number]; value: number; text: string; own?: boolean }[];
}

function Bars({ marked, title, rows }: BarsProps) {
  const most = Math.max(...rows.map(({ value }) => value));
  return (
    <section className="cost-bars" data-mark={marked} aria-label={title}>
      <h3>{title}</h3>
      <ol>
        {rows.map(({ label, calls: [differentiated, plain], value, text, own }) => (
          <li key={label} className={own ? 'own' : ''}>
            <span>
              {label}
              <span className="note">
                {' '}
                {differentiated} call{differentiated > 1 && 's'} with gradient, {plain} without
              </span>
            </span>
            <b className="value">{text}</b>
            <span className="cost-bar" aria-hidden="true">
              <b style={{ width: `${(100 * value) / most}%` }} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
