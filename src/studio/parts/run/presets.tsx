/** @file The presets: styles, and apart from them the one that shows what goes wrong; what the chosen one is to be known for. */
import { PRESETS, type Preset, presetInUse, presetSteps } from '../../state/presets';
import { choosePreset, useField, useStudio } from '../../state/store';
import './presets.css';

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
      {PRESETS.filter(({ isWarning }) => isWarning).map(button)}
      {chosen && (
        <p className={`note ${isLonger ? 'caution' : ''}`} role="status">
          {chosen.about}
          {isLonger && ` You ask for ${steps}.`}
        </p>
      )}
    </div>
  );
}
