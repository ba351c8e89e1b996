/** @file A kept LoRA: compare, start a run from it, reopen its settings, export, rename, duplicate, delete. */

import { UserError } from '../../../errors';
import { runWithWords } from '../../../formats/control-words';
import { nameOfBase } from '../../../models/known-bases';
import { deleteLora, duplicateLora, renameLora, undeleteLora } from '../../../storage/loras';
import type { LoraRecord } from '../../../storage/records';
import { openSettingsOf } from '../../files/import-files';
import { fileName, saveFile } from '../../files/save-file';
import { bytes } from '../../numbers/in-words';
import { WordHistory } from '../../parts/word-history';
import { exportLora } from '../../remote/export-lora';
import { drawThumbnail } from '../../remote/thumbnail';
import { startRun } from '../../remote/train';
import { loraSide } from '../../state/compare-sides';
import { notify, setFields, useStudio } from '../../state/store';
import { Card, type CardCommand } from './card';

/** A LoRA is kept as it was imported: a safetensors file, or a PEFT folder as zip. */
const isZip = (file: Uint8Array) => file[0] === 0x50 && file[1] === 0x4b;

export function LoraCard({ lora }: { lora: LoraRecord }) {
  const ready = useStudio((state) => state.capability?.kind === 'ready');
  const size = useStudio((state) => state.downloadBytes);
  const hash = useStudio((state) => state.bundle?.hash);
  const training = useStudio(
    (state) => state.live?.source === 'live' && ['starting', 'running'].includes(state.live.state),
  );
  const other = lora.baseHash !== null && hash !== undefined && lora.baseHash !== hash;
  const picture: CardCommand = {
    id: 'picture',
    label: size ? `Draw its picture (downloads ${bytes(size)} once)` : 'Draw its picture',
    isDisabled: training || !ready,
    perform: () => drawThumbnail(lora),
  };
  const buttons: CardCommand[] = [
    {
      id: 'compare',
      label: 'Compare with the base',
      perform: () =>
        setFields({
          place: 'compare',
          compareView: 'sides',
          compareSides: [
            { id: 'base', strength: 1 },
            { id: loraSide(lora.id), strength: 1 },
          ],
        }),
    },
    {
      id: 'export',
      label: 'Export',
      perform: () => saveFile(fileName(lora.name, isZip(lora.file) ? 'zip' : 'safetensors'), lora.file),
    },
    ...(lora.thumbnail ? [] : [picture]),
  ];
  const menu: CardCommand[] = [
    {
      id: 'settings',
      label: 'Open its settings',
      isDisabled: training,
      perform: async () => {
        const { readLora } = await import('../../../lora/lora-file');
        const { run, wordChanges = [] } = readLora(lora.file, lora.name);
        if (!run) throw new UserError(`“${lora.name}” holds no run file in its metadata.`);
        openSettingsOf(runWithWords(run, wordChanges));
      },
    },
    ...(lora.thumbnail ? [picture] : []),
    {
      id: 'start',
      label: 'Train on from this LoRA',
      isDisabled: training || !ready,
      perform: async () => {
        setFields({ place: 'align' });
        await startRun({ kind: 'stored', loraId: lora.id });
      },
    },
    {
      id: 'peft',
      label: 'Export PEFT folder (.zip)',
      perform: async () => {
        const file = await exportLora({ kind: 'stored', loraId: lora.id }, 'peft-zip');
        saveFile(file.fileName, file.bytes);
      },
    },
    {
      id: 'duplicate',
      label: 'Duplicate',
      perform: () => duplicateLora(lora.id).then(() => {}),
    },
    {
      id: 'delete',
      label: 'Delete',
      perform: async () => {
        await deleteLora(lora.id);
        notify('info', `“${lora.name}” is deleted.`, {
          label: 'Undo',
          accept: () =>
            void undeleteLora(lora.id).then(() =>
              useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 })),
            ),
        });
      },
    },
  ];
  return (
    <Card
      name={lora.name}
      thumbnail={lora.thumbnail}
      about={
        <>
          Rank {lora.rank}, {bytes(lora.file.byteLength)}
          {lora.step !== null && `, step ${lora.step}`}
          {lora.words ? <WordHistory run={{ reward: lora.words }} changes={lora.words.changes} /> : <br />}
          {other ? `Trained on ${nameOfBase(lora.baseHash!)}` : new Date(lora.createdAt).toLocaleString()}
        </>
      }
      buttons={buttons}
      menu={menu}
      onRename={(name) => renameLora(lora.id, name)}
    />
  );
}
