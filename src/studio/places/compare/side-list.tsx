/** @file The sides of Compare: what each is drawn with, at which strength. */
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import { addSideAction } from '../../actions/add-side';
import { swapSides } from '../../actions/swap-sides';
import { ActionButton } from '../../parts/action-button';
import { Choice } from '../../parts/choice';
import { changeSide, removeSide } from '../../state/compare-changes';
import { letterOf } from '../../state/compare-columns';
import { plannedSides } from '../../state/compare-plan';
import { chosenSides } from '../../state/compare-sides';
import { useStudio } from '../../state/store';
import { useSideOptions } from './use-options';

export function SideList() {
  const fields = useStudio((state) => state.fields);
  const busy = useStudio((state) => state.compare.busy);
  const options = useSideOptions();
  const sides = chosenSides(fields.compareSides, options);
  const planned = plannedSides('sides', fields, options);
  return (
    <div className="side-list">
      <ul aria-label="Sides">
        {sides.map(({ option, strength }, i) => {
          const letter = letterOf(i);
          const first = planned.findIndex(({ same }) => same === planned[i].same);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a side is its place in the list
            <li key={i} className="side-choice">
              <span className="side-letter" aria-hidden="true">
                {letter}
              </span>
              <Choice
                label={`Side ${letter}`}
                hideLabel
                value={option.id}
                options={options}
                onChange={(id) => changeSide(i, { id })}
              />
              {option.lora.kind !== 'base' && (
                <Slider
                  className="strength"
                  value={strength}
                  onChange={(value) => changeSide(i, { strength: value as number })}
                  minValue={0}
                  maxValue={2}
                  step={0.05}
                >
                  <Label className="hidden">Strength of {letter}</Label>
                  <SliderTrack className="slider-track">
                    <SliderThumb className="slider-thumb" />
                  </SliderTrack>
                  <SliderOutput className="value">× {strength.toFixed(2)}</SliderOutput>
                </Slider>
              )}
              {sides.length > 2 && (
                <Button
                  className="button quiet remove"
                  aria-label={`Remove side ${letter}`}
                  isDisabled={busy}
                  onPress={() => removeSide(i)}
                >
                  ×
                </Button>
              )}
              {first < i && <p className="note">The same as {letterOf(first)}, so it is not drawn twice.</p>}
            </li>
          );
        })}
      </ul>
      <div className="pair">
        <ActionButton action={addSideAction} />
        <ActionButton action={swapSides} />
      </div>
      {options.length === 1 && (
        <p className="note">
          Only the base so far: train a run in Align, or drop a LoRA file on the page, and it can be chosen here.
        </p>
      )}
    </div>
  );
}
