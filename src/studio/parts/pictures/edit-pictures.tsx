/** @file The pictures of the chosen set with their captions, to change and to remove; and the room they take. */
import { useEffect, useId, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { getPicture, pictureNames, removePictures, setCaption } from '../../../storage/pictures';
import type { PictureRecord } from '../../../storage/records';
import { bytes } from '../../numbers/in-words';
import { report } from '../../remote/report';
import { setFields, useStudio } from '../../state/store';
import { closeDialog, Dialog } from '../dialog';
import './edit-pictures.css';

/** Pictures shown at once; the others are not read. */
const PAGE = 60;

const changed = () => useStudio.setState(({ libraryVersion }) => ({ libraryVersion: libraryVersion + 1 }));

export default function EditPictures() {
  const set = useStudio((state) => state.fields.images) ?? '';
  const version = useStudio((state) => state.libraryVersion);
  const [names, setNames] = useState<string[] | null>(null);
  const [first, setFirst] = useState(0);
  const [room, setRoom] = useState<StorageEstimate>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the set has changed
  useEffect(() => {
    pictureNames(set).then(setNames, report);
    void navigator.storage
      ?.estimate?.()
      .then(setRoom)
      .catch(() => {});
  }, [set, version]);
  const removeAll = () =>
    removePictures(set).then(() => {
      setFields({ images: null });
      closeDialog();
      changed();
    }, report);
  if (!names) return null;
  const shown = names.slice(first, first + PAGE);
  return (
    <Dialog title={`Pictures of “${set}”`} className="edit-pictures">
      <p className="note">
        {names.length} pictures. {bytes(room.usage ?? 0)} used in this browser
        {room.quota ? ` of about ${bytes(room.quota)} it allows` : ''}. A run that has begun goes on only with the
        captions and pictures that it began with.
      </p>
      <ul className="picture-list">
        {shown.map((name) => (
          <PictureRow key={name} set={set} name={name} />
        ))}
      </ul>
      <div className="dialog-actions">
        {names.length > PAGE && (
          <>
            <Button className="button" isDisabled={first === 0} onPress={() => setFirst(first - PAGE)}>
              Earlier
            </Button>
            <Button className="button" isDisabled={first + PAGE >= names.length} onPress={() => setFirst(first + PAGE)}>
              Later
            </Button>
          </>
        )}
        <Button className="button" onPress={removeAll}>
          Remove the set
        </Button>
      </div>
    </Dialog>
  );
}

function PictureRow({ set, name }: { set: string; name: string }) {
  const id = useId();
  const [picture, setPicture] = useState<PictureRecord | null>(null);
  const [url, setUrl] = useState('');
  useEffect(() => {
    let made = '';
    let isGone = false;
    getPicture(set, name).then((record) => {
      if (isGone) return;
      made = URL.createObjectURL(new Blob([record.file], { type: 'image/png' }));
      setPicture(record);
      setUrl(made);
    }, report);
    return () => {
      isGone = true;
      URL.revokeObjectURL(made);
    };
  }, [set, name]);
  const keep = (caption: string) => {
    const text = caption.replace(/\s+/g, ' ').trim();
    if (text === '' || text === picture!.caption) return;
    setCaption(set, name, text).then(() => setPicture({ ...picture!, caption: text }), report);
  };
  return (
    <li>
      {url && <img src={url} alt={picture!.caption} width={64} height={64} />}
      <div>
        <label htmlFor={id} className="note">
          {name}
        </label>
        {picture && (
          <input
            id={id}
            className="input"
            key={picture.caption}
            defaultValue={picture.caption}
            onBlur={(event) => keep(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          />
        )}
      </div>
      <Button
        className="button quiet"
        aria-label={`Remove ${name}`}
        onPress={({ target }) => {
          // The button goes with its picture: keys belong to the dialog then.
          target.closest<HTMLElement>('[role=dialog]')?.focus();
          removePictures(set, name).then(changed, report);
        }}
      >
        Remove
      </Button>
    </li>
  );
}
