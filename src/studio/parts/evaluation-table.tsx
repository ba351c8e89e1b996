/** @file What judge and rewards say of the two sides of Compare: the program's table, and the hacking gauge in words. */
import { cell, notes, shownMeasures } from '../../evaluate/table';
import type { Evaluation } from '../../formats/evaluation';
import './evaluation-table.css';

export default function EvaluationTable({ evaluation }: { evaluation: Evaluation }) {
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
          Hacking gauge: {gauges.map((gauge, i) => `${'AB'[i]} ${gauge?.toFixed(2) ?? '–'}`).join(', ')}. 0 is inside
          the spread of real pictures of the wanted style; 1 is as far outside as that is wide.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <section className="evaluation-scroll" tabIndex={0} aria-label="Measures of both sides">
        <table>
          <thead>
            <tr>
              <th scope="col">measure</th>
              <th scope="col">A: {base.name}</th>
              {others.map(({ name }) => [
                <th key={name} scope="col">
                  B: {name}
                </th>,
                <th key={`${name} less`} scope="col">
                  B less A
                </th>,
              ])}
            </tr>
          </thead>
          <tbody>
            {shownMeasures(evaluation).map((measure) => (
              <tr key={measure.name}>
                <th scope="row">{measure.label}</th>
                <td>{cell(measure, base.measures[measure.name])}</td>
                {others.map(({ name, measures, difference }) => [
                  <td key={name}>{cell(measure, measures[measure.name])}</td>,
                  <td key={`${name} less`}>{cell(measure, difference?.[measure.name], true)}</td>,
                ])}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
