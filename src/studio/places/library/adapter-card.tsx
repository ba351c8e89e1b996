/** @file A kept adapter: compare, start a run from it, reopen its settings, export, rename, duplicate, delete. */

import { UserError } from '../../../errors';
import { deleteAdapter, duplicateAdapter, renameAdapter, undeleteAdapter } from '../../../storage/adapters';
import type { AdapterRecord } from '../../../storage/types';
import { openSettingsOf } from '../../import-files';
import { fileName, saveFile } from '../../save-file';
import { exportAdapter, startRun } from '../../session';
import { bytes } from '../../state/run-view';
import { notify, setFields, useStudio } from '../../state/store';
import { Card, type CardCommand } from './card';

/** An adapter is kept as it was imported: a safetensors file, or a PEFT folder as zip. */
const isZip = (file: Uint8Array) => file[0] === 0x50 && file[1] === 0x4b;

export function AdapterCard({ adapter }: { adapter: AdapterRecord }) {
  const ready = useStudio((state) => state.capability?.kind === 'ready');
  const hash = useStudio((state) => state.bundle?.hash);
  const training = useStudio(
    (state) => state.live?.source === 'live' && ['starting', 'running'].includes(state.live.state),
  );
  const other = adapter.baseHash !== null && hash !== undefined && adapter.baseHash !== hash;
  const buttons: CardCommand[] = [
    {
      id: 'compare',
      label: 'Compare with the base',
      perform: () => setFields({ place: 'compare', compareA: 'base', compareB: `adapter:${adapter.id}` }),
    },
    {
      id: 'export',
      label: 'Export',
      perform: () => saveFile(fileName(adapter.name, isZip(adapter.file) ? 'zip' : 'safetensors'), adapter.file),
    },
  ];
  const menu: CardCommand[] = [
    {
      id: 'settings',
      label: 'Open its settings',
      isDisabled: training,
      perform: async () => {
        const { readAdapter } = await import('../../../lora/adapter-file');
        const { run } = readAdapter(adapter.file, adapter.name);
        if (!run) throw new UserError(`“${adapter.name}” holds no run file in its metadata.`);
        openSettingsOf(run);
      },
    },
    {
      id: 'start',
      label: 'Train on from this adapter',
      isDisabled: training || !ready,
      perform: async () => {
        setFields({ place: 'align' });
        await startRun({ kind: 'stored', adapterId: adapter.id });
      },
    },
    {
      id: 'peft',
      label: 'Export PEFT folder (.zip)',
      perform: async () => {
        const file = await exportAdapter({ kind: 'stored', adapterId: adapter.id }, 'peft-zip');
        saveFile(file.fileName, file.bytes);
      },
    },
    {
      id: 'duplicate',
      label: 'Duplicate',
      perform: () => duplicateAdapter(adapter.id).then(() => {}),
    },
    {
      id: 'delete',
      label: 'Delete',
      perform: async () => {
        await deleteAdapter(adapter.id);
        notify('info', `“${adapter.name}” is deleted.`, {
          label: 'Undo',
          accept: () =>
            void undeleteAdapter(adapter.id).then(() =>
              useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 })),
            ),
        });
      },
    },
  ];
  return (
    <Card
      name={adapter.name}
      thumbnail={adapter.thumbnail}
      about={
        <>
          Rank {adapter.rank}, {bytes(adapter.file.byteLength)}
          {adapter.step !== null && `, step ${adapter.step}`}
          <br />
          {other ? 'Made for another base model' : new Date(adapter.createdAt).toLocaleString()}
        </>
      }
      buttons={buttons}
      menu={menu}
      onRename={(name) => renameAdapter(adapter.id, name)}
    />
  );
}
