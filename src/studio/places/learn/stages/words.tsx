/**
 * @file Twelve pictures of the base in the order of a reward's score; words that are added or taken away reorder them. The
 * score of each picture by each word was computed with the real towers (src/lesson-data/words.ts); what is done with them
 * here is the run's own arithmetic.
 */

import data from '../../../lessons/data/words.json';
import sheet from '../../../lessons/data/words.webp';
import { scoresOf } from '../../../lessons/score-words';
import { signed } from '../../../numbers/in-words';
import { Term } from '../../../parts/term';
import { useField, useMark } from '../../../state/store';
import './words.css';

/** Pictures across the sheet. */
const ACROSS = 6;

export function Words() {
  const [more, setMore] = useField('scoreMore');
  const [less, setLess] = useField('scoreLess');
  const [reward, setReward] = useField('scoreReward');
  const [kappa, setKappa] = useField('scoreKappa');
  const chosen = useMark('chosen');
  const ranking = useMark('ranking');
  const seen = useMark('seen');
  const scores = scoresOf(data, { reward, more, less, kappa });
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const most = Math.max(...scores.map(Math.abs)) || 1;
  const change = (sign: 'more' | 'less', word: string) => {
    const [own, set, other, setOther] =
      sign === 'more' ? [more, setMore, less, setLess] : [less, setLess, more, setMore];
    if (own.includes(word)) return set(own.filter((w) => w !== word));
    if (other.includes(word)) setOther(other.filter((w) => w !== word));
    set([...own, word]);
  };
  return (
    <section className="score-words panel" aria-label="Twelve pictures and their score">
      <div className="sw-chosen" data-mark={chosen}>
        {(
          [
            ['more', '+ more of', more],
            ['less', '− less of', less],
          ] as const
        ).map(([sign, title, own]) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame
          <div key={sign} className={`sw-words ${sign}`} role="group" aria-label={title.slice(2)}>
            <span className={sign}>{title}</span>
            {data.words.map((word) => (
              <button
                key={word}
                type="button"
                className="chip-button"
                aria-pressed={own.includes(word)}
                onClick={() => change(sign, word)}
              >
                {word}
              </button>
            ))}
          </div>
        ))}
        <div className="sw-line">
          <div className="lab-slider">
            <span className="label">
              <Term id="kappa">κ</Term>, extra weight of the wanted words <b className="value">{kappa.toFixed(2)}</b>
            </span>
            <input
              type="range"
              aria-label="Kappa, extra weight of the wanted words"
              min={0}
              max={1}
              step={0.05}
              value={kappa}
              onChange={(event) => setKappa(event.target.valueAsNumber)}
            />
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame */}
          <div className="lab-row" role="group" aria-label="Reward">
            {Object.keys(data.scores).map((name) => (
              <button
                key={name}
                type="button"
                className="chip-button"
                aria-pressed={reward === name}
                onClick={() => setReward(name)}
              >
                {name}
              </button>
            ))}
          </div>
        </div>
      </div>
      <ol className="sw-pictures" data-mark={ranking} aria-label="Pictures, the highest score first">
        {order.map((i) => {
          const { thing, style } = data.pictures[i];
          return (
            <li key={`${thing} ${style}`}>
              <div
                className="sw-picture"
                role="img"
                aria-label={`${thing}, ${style}`}
                style={{
                  backgroundImage: `url(${sheet})`,
                  backgroundPosition: `${(100 * (i % ACROSS)) / (ACROSS - 1)}% ${100 * Math.floor(i / ACROSS)}%`,
                }}
              />
              <b>{signed(scores[i], 2)}</b>
              <span className="sw-bar" aria-hidden="true">
                <b
                  className={scores[i] < 0 ? 'negative' : ''}
                  style={{ width: `${(100 * Math.abs(scores[i])) / most}%` }}
                />
              </span>
            </li>
          );
        })}
      </ol>
      <section className="sw-seen" data-mark={seen} aria-label="How well the reward sees each word">
        <h3>How well clip sees each word</h3>
        <ul>
          {data.words.map((word, i) => (
            <li key={word} className={data.seen[i] < 0.75 ? 'weak' : ''}>
              <span>{word}</span>
              <span className="sw-bar" aria-hidden="true">
                <b style={{ width: `${100 * data.seen[i]}%` }} />
              </span>
              <b>{data.seen[i].toFixed(2)}</b>
            </li>
          ))}
        </ul>
        <p className="note">
          Of pairs of pictures, one drawn with the word and one without: how often the first scores higher (64 pairs a
          word). 0.5 is chance; below 0.75 a word is weak.
        </p>
      </section>
    </section>
  );
}
