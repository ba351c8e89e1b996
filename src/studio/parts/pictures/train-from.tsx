/**
 * @file What an update starts from: rollouts, or a stored set of pictures; adding a folder, files or the sample set.
 */
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { listPictureSets, type PictureSet } from '../../../storage/pictures';
import { openFiles } from '../../files/open-files';
import { pickFiles, pickFolder } from '../../files/pick-files';
import { bytes } from '../../numbers/in-words';
import { report } from '../../remote/report';
import { SAMPLE_SET } from '../../state/sample-set';
import { useField, useStudio } from '../../state/store';
import { Choice } from '../choice';
import './train-from.css';

/** Stands for no set; a set has a name. */
const ROLLOUTS = '';

export function TrainFrom({ isDisabled }: { isDisabled: boolean }) {
  const [images, setImages] = useField('images');
  const version = useStudio((state) => state.libraryVersion);
  const adding = useStudio((state) => state.adding);
  const [sets, setSets] = useState<PictureSet[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever a set has changed
  useEffect(() => {
    listPictureSets().then(setSets, report);
  }, [version]);
  const missing = images !== null && !sets.some(({ name }) => name === images);
  const options = [
    { id: ROLLOUTS, label: 'Pictures that the model draws', about: 'Each update draws its pictures anew.' },
    ...sets.map(({ name, count }) => ({ id: name, label: name, about: `${count} pictures of your own` })),
    ...(missing ? [{ id: images, label: images, about: 'A set that is not stored in this browser' }] : []),
  ];
  const add = async (files: ReturnType<typeof pickFiles>) => openFiles(await files);
  return (
    <div className="train-from">
      <Choice
        label="Train from"
        value={images ?? ROLLOUTS}
        options={options}
        onChange={(id) => setImages(id === ROLLOUTS ? null : id)}
        isDisabled={isDisabled}
      />
      {images !== null && (
        <p className="note">
          {missing
            ? 'This set is not stored in this browser: add its folder, or choose another.'
            : 'The captions are what it trains on; the prompts below are drawn as samples.'}
        </p>
      )}
      {adding ? (
        <p className="note" role="status">
          Reading pictures of “{adding.set}”: {adding.done} of {adding.total}
        </p>
      ) : (
        !isDisabled && (
          <div className="train-from-buttons">
            <Button className="button quiet" onPress={() => add(pickFolder()).catch(report)}>
              Add a folder of pictures
            </Button>
            <Button className="button quiet" onPress={() => add(pickFiles()).catch(report)}>
              Add pictures
            </Button>
            {!sets.some(({ name }) => name === SAMPLE_SET.name) && (
              <Button
                className="button quiet"
                onPress={() =>
                  import('../../files/sample-set').then(({ addSampleSet }) => addSampleSet()).catch(report)
                }
              >
                Use the sample set ({bytes(SAMPLE_SET.bytes)})
              </Button>
            )}
            {images !== null && !missing && (
              <Button className="button quiet" onPress={() => useStudio.setState({ dialog: 'pictures' })}>
                Pictures and captions
              </Button>
            )}
          </div>
        )
      )}
    </div>
  );
}
