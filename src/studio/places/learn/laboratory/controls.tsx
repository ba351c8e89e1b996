/** @file What the laboratory is made of: data, hills, methods, and the numbers that its runs depend on. */
import { Button } from 'react-aria-components/Button';
import { UserError } from '../../../../errors';
import { DATA_SETS, type Spot, spotsOf } from '../../../../laboratory/data';
import { runOf } from '../../../../laboratory/run';
import { Choice } from '../../../parts/choice';
import { OptionRows, TypedInput } from '../../../parts/option-rows';
import type { Codec } from '../../../state/codecs';
import { FIELDS } from '../../../state/fields';
import { METHODS, methodOf } from '../../../state/methods';
import { setFields, useField } from '../../../state/store';

export interface ControlsProps {
  drawing: readonly Spot[] | null;
  onDraw(spots: readonly Spot[] | null): void;
}

const OWN = 'own';
const NONE = 'none';

export function Controls({ drawing, onDraw }: ControlsProps) {
  const [data] = useField('labData');
  const [wanted] = useField('labWanted');
  const [unwanted] = useField('labUnwanted');
  const [method] = useField('labMethod');
  const [options] = useField('labOptions');
  const [second] = useField('labSecond');
  const [secondOptions] = useField('labSecondOptions');
  const isOwn = !Object.hasOwn(DATA_SETS, data);
  const sets = [
    ...Object.entries(DATA_SETS).map(([id, { label }]) => ({ id, label })),
    { id: OWN, label: 'Drawn by hand' },
  ];
  const start = () => onDraw(isOwn ? spotsOf(data) : []);
  return (
    <>
      <section className="lab-group" aria-label="Data">
        <Choice
          label="Data: what the network learns"
          value={isOwn || drawing ? OWN : data}
          options={sets}
          onChange={(id) => {
            if (id === OWN) return start();
            onDraw(null);
            setFields({ labData: id });
          }}
        />
        {!drawing && (
          <Button className="button" onPress={start}>
            {isOwn ? 'Draw on' : 'Draw your own'}
          </Button>
        )}
      </section>
      <section className="lab-group" aria-label="Reward">
        <p className="note">
          <span className="more">+</span> and <span className="less">−</span> on the plane are the reward’s wanted and
          unwanted words. Drag them, also while it trains.
        </p>
        <label className="check">
          <input
            type="checkbox"
            checked={unwanted !== null}
            onChange={(event) =>
              setFields({ labUnwanted: event.target.checked ? [-wanted[0], wanted[1] === 0 ? 0 : -wanted[1]] : null })
            }
          />
          <span>An unwanted hill</span>
        </label>
      </section>
      <section className="lab-group" aria-label="Method">
        <Choice
          label="Method"
          value={method}
          options={METHODS}
          onChange={(id) => setFields({ labMethod: methodOf(id).id, labOptions: {} })}
        />
        <p className="note">{methodOf(method).about}</p>
        <OptionRows
          method={methodOf(method)}
          options={options}
          onChange={(labOptions) => setFields({ labOptions })}
          wrong={(next) => wrongOptions(method, next)}
        />
        <Choice
          label="Compare with"
          value={second || NONE}
          options={[{ id: NONE, label: 'Nothing' }, ...METHODS.map(({ id, label, about }) => ({ id, label, about }))]}
          onChange={(id) => setFields({ labSecond: id === NONE ? '' : methodOf(id).id, labSecondOptions: {} })}
        />
        {second && (
          <OptionRows
            method={methodOf(second)}
            options={secondOptions}
            onChange={(labSecondOptions) => setFields({ labSecondOptions })}
            wrong={(next) => wrongOptions(second, next)}
          />
        )}
      </section>
      <section className="lab-group lab-numbers" aria-label="Numbers">
        <NumberRow name="labSeed" label="Seed" expected="a whole number from 0 to 4294967295" />
        <NumberRow name="labRate" label="Learning rate" expected="a number from 0.0001 to 0.1" />
      </section>
    </>
  );
}

function NumberRow({ name, label, expected }: { name: 'labSeed' | 'labRate'; label: string; expected: string }) {
  const [value, setValue] = useField(name);
  return (
    <div className="option-row">
      <span aria-hidden="true">{label}</span>
      <TypedInput
        label={label}
        codec={FIELDS[name].codec as Codec<unknown>}
        value={value}
        wrong={(next) => (next === undefined ? `Expected ${expected}.` : null)}
        onChange={(next) => setValue(next as number)}
      />
    </div>
  );
}

/** What is wrong with these options of a method, or null. */
function wrongOptions(id: string, options: Record<string, unknown>): string | null {
  const method = methodOf(id);
  try {
    runOf({ method: method.id, options, seed: 1 });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    let said = error.message.replace(/^The laboratory: /, '');
    for (const [name, { label }] of Object.entries(method.options)) {
      said = said.replaceAll(`"options.${name}"`, `“${label}”`);
    }
    return said;
  }
}
