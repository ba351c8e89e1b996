/** @file The left-hand column: method, prompts, control words, reward, steps, and the controls of the run. */

import { PERSON } from '../../../formats/person';
import { newRun } from '../../actions/new-run';
import { openSettings } from '../../actions/open-settings';
import type { Fields } from '../../state/fields';
import { methodOf } from '../../state/methods';
import { isShown } from '../../state/shown';
import { useField, useStudio } from '../../state/store';
import { ActionButton } from '../action-button';
import { Choice } from '../choice';
import { TrainFrom } from '../pictures/train-from';
import { PromptBox } from '../prompt-box';
import { WordChips } from '../word-chips';
import { MethodForm } from './method-form';
import { Presets } from './presets';
import { RunControls } from './run-controls';
import './settings.css';

const REWARDS: Record<string, { label: string; about: string }> = {
  clip: { label: 'CLIP', about: 'How well picture and words fit.' },
  preference: { label: 'Preference', about: 'Learned from choices; likes vivid colour.' },
  aesthetic: { label: 'Aesthetic', about: 'A beauty score that knows no words.' },
};

/** One-line text of a mixed reward, for the drop-down. */
const MIXED = 'mixed';

export function Settings() {
  const [prompts, setPrompts] = useField('prompts');
  const [positive, setPositive] = useField('positive');
  const [negative, setNegative] = useField('negative');
  const [method] = useField('method');
  const [hidden] = useField('hidden');
  const [rewardForm] = useField('rewardForm');
  const shown = (name: keyof Fields) => isShown(name, { method, hidden, rewardForm });
  const [reward, setReward] = useField('reward');
  const [steps, setSteps] = useField('steps');
  const pending = useStudio((state) => state.wordsPending !== null);
  const offered = useStudio((state) => state.bundle?.rewards);
  const locked = useStudio((state) => state.live !== null);
  const paused = useStudio((state) => state.live?.state === 'paused');
  const rewards = (offered ?? Object.keys(REWARDS)).map((id) => ({ id, ...(REWARDS[id] ?? { label: id, about: '' }) }));
  if (!methodOf(method).differentiatesReward) {
    rewards.push({
      id: PERSON,
      label: 'You',
      about: 'Vote on the pictures of every update; the words then only mark the timeline.',
    });
  }
  if (typeof reward !== 'string') rewards.push({ id: MIXED, label: 'Mixed', about: 'Set under “All settings”.' });
  return (
    <aside className="settings" aria-label="Settings of the run">
      <Presets isDisabled={locked} />
      <MethodForm />
      {shown('images') && <TrainFrom isDisabled={locked} />}
      {shown('prompts') && (
        <PromptBox label="Prompts" prompts={prompts} onChange={setPrompts} isDisabled={locked} rows={3} most={5} />
      )}
      {shown('positive') && <WordChips kind="more" words={positive} onChange={setPositive} />}
      {shown('negative') && <WordChips kind="less" words={negative} onChange={setNegative} />}
      {(shown('positive') || shown('negative')) && (
        <p className="note" aria-live="polite">
          {pending
            ? 'New words: used from the next step.'
            : 'Words can be changed while it trains; they are used from the next step.'}
        </p>
      )}
      {shown('reward') && (
        <Choice
          label="Reward"
          value={typeof reward === 'string' ? reward : MIXED}
          options={rewards}
          onChange={(id) => id !== MIXED && setReward(id)}
          isDisabled={locked}
        />
      )}
      {shown('steps') && (
        <label className="steps-field">
          <span className="label">Training steps</span>
          <input
            className="input"
            type="number"
            min={1}
            max={100000}
            value={steps}
            disabled={locked}
            onChange={(event) => {
              const next = event.target.valueAsNumber;
              if (Number.isInteger(next) && next > 0) setSteps(next);
            }}
          />
        </label>
      )}
      <RunControls />
      <div className="settings-more">
        <ActionButton action={openSettings} kind="quiet" />
        {paused ? <ActionButton action={newRun} kind="quiet" /> : null}
      </div>
    </aside>
  );
}
