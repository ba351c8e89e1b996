/**
 * @file How well the run's reward sees a control word: a mark in its chip with the explanation on hover and focus, a
 * warning for a weak word with a stronger one to go with it, and a check of words that nobody has looked at.
 */
import { useId } from 'react';
import { Button } from 'react-aria-components/Button';
import { bytes, signed } from '../numbers/in-words';
import { checkWord } from '../remote/perceive';
import { report } from '../remote/report';
import { readsWords, type Seen, seenBy } from '../state/perceived';
import { getState, useStudio } from '../state/store';
import './word-sight.css';

/** How the run's reward sees each of the words; null for one that nobody has looked at. */
export function useSight(): (word: string) => Seen | null {
  const reward = useStudio((state) => state.fields.reward);
  const bundle = useStudio((state) => state.bundle);
  const perceived = useStudio((state) => state.perceived);
  const checked = perceived?.base === bundle?.hash ? perceived : null;
  return (word) => seenBy(reward, word, bundle?.perception ?? null, checked);
}

/** “seen 0.97”, and what that means. */
export function SightMark({ seen, word }: { seen: Seen; word: string }) {
  return (
    <>
      <span className={`sight ${seen.weak ? 'weak' : ''}`}>{shortOf(seen)}</span>
      <span className="sight-about" aria-hidden="true">
        {aboutOf(seen, word)}
      </span>
    </>
  );
}

export const shortOf = ({ weak, area }: Seen): string => `${weak ? 'hardly seen' : 'seen'} ${area.toFixed(2)}`;

/** What the number is, and where it comes from. */
export function aboutOf({ area, margin, here, pictures, steps, device }: Seen, word: string): string {
  const apart = margin === null ? '' : ` The means lie ${signed(margin, 1)} spreads apart.`;
  const where = here ? 'Computed in this page' : 'Computed beforehand, shipped with this base';
  // Without the driver's versions.
  const adapter = device.split(/[:(]/)[0].trim();
  return (
    `The reward scores a picture drawn with “${word}” above one drawn without in ${Math.round(100 * area)} of 100 pairs; ` +
    `50 is chance.${apart} ${where}: ${pictures} pictures of each kind, ${steps} steps, on ${adapter}.`
  );
}

export interface SightNotesProps {
  words: readonly string[];
  /** Words that the base was taught no style by. */
  unknown: readonly string[];
  /** Puts `to` in the place of `from`. */
  onReplace(from: string, to: string): void;
}

/** What is to be said below the chips. */
export function SightNotes({ words, unknown, onReplace }: SightNotesProps) {
  const sight = useSight();
  const reads = useStudio((state) => readsWords(state.fields.reward, state.bundle?.perception ?? null));
  const canDraw = useStudio((state) => state.capability?.kind === 'ready' && (state.bundle?.words.length ?? 0) > 0);
  const unchecked = reads && canDraw ? words.filter((word) => sight(word) === null) : [];
  const untold = unknown.filter((word) => sight(word) === null);
  return (
    <>
      <div role="status" className="sight-notes">
        {words.map((word) => {
          const seen = sight(word);
          return seen?.weak ? <WeakNote key={word} word={word} seen={seen} onReplace={onReplace} /> : null;
        })}
        {untold.length > 0 && (
          <p className="note">
            This base was never taught {untold.map((word) => `“${word}”`).join(', ')}; the reward may not tell it from
            others.
          </p>
        )}
      </div>
      {unchecked.length > 0 && <Checks words={unchecked} />}
    </>
  );
}

function WeakNote({ word, seen, onReplace }: { word: string; seen: Seen } & Pick<SightNotesProps, 'onReplace'>) {
  const { stronger } = seen;
  return (
    <p className="note warn-note">
      The reward hardly sees “{word}” ({seen.area.toFixed(2)}, where 0.5 is chance): training on it does little.{' '}
      {stronger ? (
        <>
          “{stronger.word}” is seen better ({stronger.area.toFixed(2)}).{' '}
          <Button className="chip-button" onPress={() => onReplace(word, stronger.pair)}>
            Use “{stronger.pair}” ({stronger.pairArea.toFixed(2)})
          </Button>
        </>
      ) : (
        'None of the words nearest to it is seen well either: choose another word or another reward.'
      )}
    </p>
  );
}

/** A button a word that draws pictures for it; while it does, how far it is and a way to end it. */
function Checks({ words }: { words: readonly string[] }) {
  const id = useId();
  const checking = useStudio((state) => state.checking);
  const busy = useStudio((state) => state.cancelDrawing !== null || state.opened === 'opening');
  const download = useStudio((state) => state.downloadBytes);
  if (checking && words.includes(checking.word)) {
    const { drawing } = checking;
    return (
      <div className="checks">
        <p className="note" id={id}>
          {drawing
            ? `Picture ${Math.min(drawing.done + 1, drawing.total)} of ${drawing.total} ${drawing.word === null ? 'without a word' : `with “${drawing.word}”`}`
            : `Getting ready to check “${checking.word}”`}
          …
        </p>
        <progress aria-labelledby={id} max={drawing?.total ?? 1} value={drawing?.done ?? 0} />
        <Button
          className="button"
          isDisabled={!busy}
          onPress={() => {
            getState().cancelDrawing?.();
          }}
        >
          Cancel the check
        </Button>
      </div>
    );
  }
  return (
    <div className="checks">
      <span className="note">Does the reward see it?</span>
      {words.map((word) => (
        <Button
          key={word}
          className="chip-button"
          isDisabled={busy || checking !== null}
          onPress={() => void checkWord(word).catch(report)}
        >
          Check “{word}”{download ? ` (downloads ${bytes(download)} once)` : ''}
        </Button>
      ))}
    </div>
  );
}
