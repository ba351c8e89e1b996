/** @file The user's own model: which files are there, what they are, what a run of them needs, and using them. */
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { bytesText } from '../../align/memory-sum-text';
import { UserError } from '../../errors';
import type { BundleOptions } from '../../models/bundle';
import { forgetOwnBase, loadOwnBase, type OwnBaseRecord } from '../../storage/own-base';
import { type DroppedFile, locationOf } from '../files/dropped-file';
import { openBase } from '../files/import-files';
import { isComplete, type OwnModel, ownModelOf } from '../files/own-model';
import { pickModel } from '../files/pick-model';
import { filesAgain } from '../files/remembered-model';
import { report } from '../remote/report';
import { type Weighed, weigh } from '../remote/weigh';
import { useStudio } from '../state/store';
import { Choice } from './choice';
import { closeDialog, Dialog } from './dialog';
import './own-model.css';

/** What may be otherwise than the files have it, an option of opening them each. */
const OPTIONS: {
  name: keyof BundleOptions;
  label: string;
  options: readonly { id: string; label: string; about?: string; value?: string | number | boolean }[];
}[] = [
  {
    name: 'quantise',
    label: 'Weights of its blocks',
    options: [
      { id: '', label: 'as they are stored' },
      { id: 'Q8_0', label: 'Q8_0', about: 'about half of f16', value: 'Q8_0' },
      { id: 'Q4_0', label: 'Q4_0', about: 'about a quarter of f16', value: 'Q4_0' },
    ],
  },
  {
    name: 'modulationsAhead',
    label: 'Modulations of FLUX.1',
    options: [
      { id: '', label: 'made on the card' },
      {
        ...{ id: 'ahead', label: 'made ahead', value: true },
        about: 'A quarter of the weights leaves the card; each new prompt reads it from the file again.',
      },
    ],
  },
  {
    name: 'textTokens',
    label: 'Texts',
    options: [
      { id: '', label: 'as long as they are' },
      ...[64, 128, 256].map((tokens) => ({ id: String(tokens), label: `${tokens} tokens at most`, value: tokens })),
    ],
  },
  {
    name: 'size',
    label: 'Pictures',
    options: [
      { id: '', label: 'its own size', about: 'else 256 × 256' },
      ...[128, 256, 512].map((size) => ({ id: String(size), label: `${size} × ${size}`, value: size })),
    ],
  },
];
const CARDS = [
  { id: '', label: 'not said' },
  ...[4, 6, 8, 12, 16, 24, 32, 48].map((gib) => ({ id: String(gib), label: `${gib} GiB` })),
];

export default function OwnModelDialog() {
  const model = useStudio((state) => state.ownModel);
  const [chosen, setChosen] = useState<Partial<Record<keyof BundleOptions, string>>>({});
  const rank = useStudio((state) => state.fields.rank);
  const [card, setCard] = useState('');
  const [weighed, setWeighed] = useState<Weighed | string | null>(null);
  const complete = model !== null && isComplete(model);
  const options: BundleOptions = Object.fromEntries(
    OPTIONS.flatMap(({ name, options }) => {
      const value = options.find(({ id }) => id === chosen[name])?.value;
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const location = model && locationOf(model.name, model.files, options);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the location is made of these
  useEffect(() => {
    setWeighed(null);
    if (!complete) return;
    let left = false;
    weigh(location!, card === '' ? null : Number(card) * 2 ** 30, rank).then(
      (found) => left || setWeighed(found),
      (error) => left || setWeighed(error instanceof UserError ? error.message : String(error)),
    );
    return () => {
      left = true;
    };
  }, [model, chosen, card, rank]);

  const [remembered, setRemembered] = useState<OwnBaseRecord | null>(null);
  useEffect(() => {
    loadOwnBase().then(setRemembered, report);
  }, []);
  const again = async (record: OwnBaseRecord) => {
    await openBase(record.name, await filesAgain(record), record.options);
    closeDialog();
  };
  const take = async (files: Promise<DroppedFile[]>) => {
    const chosen = await files;
    if (chosen.length > 0) useStudio.setState({ ownModel: await ownModelOf(chosen, model) });
  };
  const use = async () => {
    await openBase(model!.name, model!.files, options);
    useStudio.setState({ ownModel: null });
    closeDialog();
  };
  return (
    <Dialog title="Use your own model" className="own-model">
      <p className="note">
        FLUX.1 or FLUX.2: a folder of diffusers, or its transformer as one .gguf or .safetensors file. Drop the files on
        the page or choose them; they stay on this computer.
      </p>
      {remembered && !model && (
        <div className="dialog-actions">
          <Button className="button accent" onPress={() => void again(remembered).catch(report)}>
            Use “{remembered.name}” again
          </Button>
          <Button className="button quiet" onPress={() => void forgetOwnBase().then(() => setRemembered(null), report)}>
            Forget it
          </Button>
        </div>
      )}
      <div className="dialog-actions">
        <Button
          className={model || remembered ? 'button plain' : 'button accent'}
          onPress={() => void take(pickModel(true)).catch(report)}
        >
          Choose a folder
        </Button>
        <Button className="button plain" onPress={() => void take(pickModel(false)).catch(report)}>
          Choose files
        </Button>
        {model && (
          <Button className="button quiet" onPress={() => useStudio.setState({ ownModel: null })}>
            Start over
          </Button>
        )}
      </div>
      {model && (
        <>
          <h3>{model.name}</h3>
          <Parts model={model} />
          <div className="own-model-options">
            {OPTIONS.map(({ name, label, options }) => (
              <Choice
                key={name}
                label={label}
                value={chosen[name] ?? ''}
                options={options}
                onChange={(id) => setChosen({ ...chosen, [name]: id })}
              />
            ))}
            <Choice label="Memory of your card" value={card} options={CARDS} onChange={setCard} />
          </div>
          <div role="status">
            {!complete ? (
              <p className="note wrong">Add what is missing: then what a run needs is counted here.</p>
            ) : weighed === null ? (
              <p className="note">Counting what a run needs…</p>
            ) : typeof weighed === 'string' ? (
              <p className="note wrong">{weighed}</p>
            ) : (
              <Memory weighed={weighed} />
            )}
          </div>
          <div className="dialog-actions">
            <Button
              className="button primary"
              isDisabled={!complete || weighed === null || typeof weighed === 'string'}
              onPress={() => void use().catch(report)}
            >
              Use this model
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Parts({ model }: { model: OwnModel }) {
  return (
    <dl className="own-model-parts">
      {model.parts.map(({ name, found, wanted, needed }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={found === null && needed ? 'wrong' : ''}>
            {found ?? `${needed ? 'missing' : 'none'}: ${wanted}`}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The sum for updates of one picture, each part as a bar of the whole. */
function Memory({ weighed: { info, sum, binding, problem } }: { weighed: Weighed }) {
  return (
    <>
      <h3>
        Memory for updates of one picture: <b>{bytesText(sum.total)}</b>
      </h3>
      <p className="note">
        {(info.parameters / 1e6).toFixed(1)} million parameters, mostly {info.dtype}; pictures of {info.imageWidth} ×{' '}
        {info.imageHeight}.
      </p>
      <table className="own-model-memory">
        <tbody>
          {sum.parts.map(({ what, bytes }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>
                <span className="bar" style={{ width: `${(100 * bytes) / sum.total}%` }} />
              </td>
              <td>{bytesText(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">
        Largest buffer: {bytesText(sum.largest.bytes)} ({sum.largest.what})
        {binding !== null && `; this device binds ${bytesText(binding)}`}.
      </p>
      <p className={problem === null ? 'note' : 'note wrong'}>{problem ?? 'It fits what is known of this device.'}</p>
    </>
  );
}
