/** @file What judge and rewards say of the columns of Compare: the program's table, and the hacking gauge in words. */
import { cell, notes, shownMeasures } from '../../evaluate/table';
import type { Evaluation } from '../../formats/evaluation';
import './evaluation-table.css';

export interface EvaluationTableProps {
  evaluation: Evaluation;
  /** What the sides are called, each in short: the first is what the others are compared with. */
  shorts: readonly string[];
}

export default function EvaluationTable({ evaluation, shorts }: EvaluationTableProps) {
  const [base, ...others] = evaluation.sides;
  const gauges = evaluation.sides.map(({ measures }) => measures.gauge?.value ?? null);
  return (
    <section className="panel evaluation" aria-labelledby="evaluation-title">
      <h2 id="evaluation-title">Judged</h2>
      {notes(evaluation)
        .slice(1)
        .map((note) => (
          <p key={note} className="note">
            {note}
          </p>
        ))}
      {gauges.some((gauge) => gauge !== null) && (
        <p>
          Hacking gauge: {gauges.map((gauge, i) => `${shorts[i]}: ${gauge?.toFixed(2) ?? '–'}`).join(', ')}. 0 is inside
          the spread of real pictures of the wanted style; 1 is as far outside as that is wide.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <section className="evaluation-scroll" tabIndex={0} aria-label="Measures of every side">
        <table>
          <thead>
            <tr>
              <th scope="col">measure</th>
              <th scope="col">{headOf(shorts[0], base.name)}</th>
              {others.map(({ name }, i) => [
                <th key={shorts[i + 1]} scope="col">
                  {headOf(shorts[i + 1], name)}
                </th>,
                <th key={`${shorts[i + 1]} less`} scope="col">
                  {shorts[i + 1]} less {shorts[0]}
                </th>,
              ])}
            </tr>
          </thead>
          <tbody>
            {shownMeasures(evaluation).map((measure) => (
              <tr key={measure.name}>
                <th scope="row">{measure.label}</th>
                <td>{cell(measure, base.measures[measure.name])}</td>
                {others.map(({ measures, difference }, i) => [
                  <td key={shorts[i + 1]}>{cell(measure, measures[measure.name])}</td>,
                  <td key={`${shorts[i + 1]} less`}>{cell(measure, difference?.[measure.name], true)}</td>,
                ])}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** A letter stands for a side; other names say themselves what it is. */
const headOf = (short: string, name: string) => (short.length === 1 ? `${short}: ${name}` : short);
