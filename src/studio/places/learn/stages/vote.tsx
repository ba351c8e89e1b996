/**
 * @file Being the reward on the plane: eight samples of an update wait for a vote each, and the method learns from nothing
 * else.
 */
import { useEffect, useMemo, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { REACH } from '../../../../laboratory/data';
import { advantagesOf } from '../../../../methods/advantage';
import { signed } from '../../../numbers/in-words';
import { Term } from '../../../parts/term';
import { begin, openLaboratory, stepLaboratory, useLaboratory, voteInLaboratory } from '../../../remote/laboratory';
import { methodOf } from '../../../state/methods';
import { useField, useMark } from '../../../state/store';
import { Plane } from '../laboratory/plane';
import '../laboratory/laboratory.css';
import './vote.css';

export function Vote() {
  const [method] = useField('labMethod');
  const ready = useLaboratory((state) => state.learned === 1 && state.failed === null);
  const asked = useLaboratory((state) => state.asked);
  const failed = useLaboratory((state) => state.failed);
  const step = useLaboratory((state) => state.curves[0]?.at(-1)?.step ?? 0);
  const plane = useMark('plane');
  const marked = useMark('votes');
  const advantages = useMark('advantages');
  const [better, setBetter] = useState<readonly number[]>([]);
  useEffect(openLaboratory, []);
  // The first group; each vote asks for the next.
  useEffect(() => {
    if (ready) stepLaboratory();
  }, [ready]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other points, other votes
  useEffect(() => setBetter([]), [asked]);
  const count = asked ? asked.length / 2 : 0;
  const all = useMemo(() => Array.from({ length: count }, (_, i) => i), [count]);
  const votes = all.map((i) => (better.includes(i) ? 1 : 0) as 0 | 1);
  const advantage = count > 0 ? advantagesOf(votes, count) : [];
  const toggle = (i: number) => setBetter(better.includes(i) ? better.filter((j) => j !== i) : [...better, i]);
  return (
    <section className="lab-vote panel" aria-label="Vote on eight samples">
      {failed && (
        <p className="banner" role="alert">
          {failed}
        </p>
      )}
      <div className="lv-plane" data-mark={plane}>
        <Plane side={0} method={method} drawing={null} onDraw={() => {}} hills={false}>
          {asked &&
            all.map((i) => (
              <button
                key={i}
                type="button"
                className="lv-point"
                aria-pressed={better.includes(i)}
                aria-label={`Sample ${i + 1}, better`}
                style={{
                  left: `${50 + (50 * within(asked[2 * i])) / REACH}%`,
                  top: `${50 - (50 * within(asked[2 * i + 1])) / REACH}%`,
                }}
                onClick={() => toggle(i)}
              >
                {i + 1}
              </button>
            ))}
        </Plane>
      </div>
      <div className="lv-side">
        <p role="status">
          {!ready
            ? 'The network learns the data.'
            : asked
              ? `Update ${step + 1} of ${methodOf(method).label} waits for your votes: press the samples that are better.`
              : 'It learns from your votes.'}
        </p>
        <table className="lv-table" data-mark={advantages}>
          <caption>
            <Term id="advantage">Advantage</Term> of each sample in the group
          </caption>
          <tbody>
            {all.map((i) => (
              <tr key={i}>
                <th scope="row">
                  <button
                    type="button"
                    className="chip-button"
                    aria-pressed={better.includes(i)}
                    onClick={() => toggle(i)}
                  >
                    Sample {i + 1} is better
                  </button>
                </th>
                <td>{signed(advantage[i], 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div className="lab-transport" data-mark={marked}>
          <Button className="button accent" isDisabled={!asked} onPress={() => voteInLaboratory(votes)}>
            Train on these votes
          </Button>
          <Button className="button" isDisabled={!ready} onPress={begin}>
            Begin anew
          </Button>
          <span className="lab-step">
            Update <b data-testid="lab-step">{step}</b>
          </span>
        </div>
      </div>
    </section>
  );
}

/** A sample that has left the plane stands at its edge. */
const within = (v: number) => Math.min(REACH - 0.15, Math.max(0.15 - REACH, v));
