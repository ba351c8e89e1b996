/** @file The presets: styles, and apart from them those that show what goes wrong; what the chosen one is known for. */
import { type BeforeAfter, PRESETS, type Preset, type Proof, presetInUse, presetSteps } from '../../state/presets';
import { choosePreset, useField, useStudio } from '../../state/store';
import './presets.css';

/** The numbers that a preset is known by. */
function provedBy({ cell, step, style, wanted, named }: Proof): string {
  const percent = ([before, after]: BeforeAfter) => `${Math.round(100 * before)} → ${Math.round(100 * after)} %`;
  return `Measured at ${step}: ${style} ${percent(wanted)}, named right ${percent(named)} (${cell} in docs/RESULTS.md).`;
}

export function Presets({ isDisabled }: { isDisabled: boolean }) {
  const inUse = useStudio((state) => presetInUse(state.fields));
  const [steps] = useField('steps');
  const button = (preset: Preset) => (
    <button
      key={preset.id}
      type="button"
      className={`chip-button ${preset.isWarning ? 'caution' : ''}`}
      aria-pressed={inUse === preset.id}
      disabled={isDisabled}
      onClick={() => choosePreset(preset)}
    >
      {preset.label}
    </button>
  );
  const chosen = PRESETS.find(({ id }) => id === inUse);
  const isLonger = chosen !== undefined && steps > presetSteps(chosen);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame
    <div className="presets" role="group" aria-label="Presets">
      <div className="preset-styles">{PRESETS.filter(({ isWarning }) => !isWarning).map(button)}</div>
      <div className="preset-warnings">
        <span className="note">What goes wrong</span>
        {PRESETS.filter(({ isWarning }) => isWarning).map(button)}
      </div>
      {chosen && (
        <p className={`note ${isLonger ? 'caution' : ''}`} role="status">
          {chosen.about} {provedBy(chosen.proof)}
          {isLonger && ` You ask for ${steps}.`}
        </p>
      )}
    </div>
  );
}
