/** @file A kept run: open, resume, extend, export, use its settings again, rename, delete with undo. */
import { runWithHistory, runWithWords } from '../../../formats/control-words';

import { nameOfBase } from '../../../models/known-bases';

import type { RunRecord } from '../../../storage/records';

import { deleteRun, duplicateRun, renameRun, undeleteRun } from '../../../storage/runs';
import { MORE } from '../../actions/extend';
import { openSettingsOf } from '../../files/import-files';
import { metricsCsv } from '../../files/metrics-csv';
import { fileName, saveFile } from '../../files/save-file';
import { WordHistory } from '../../parts/word-history';
import { exportLora } from '../../remote/export-lora';
import { openStoredRun } from '../../remote/stored-run';
import { resumeRun } from '../../remote/train';
import { methodOf } from '../../state/methods';
import { otherBase } from '../../state/other-base';
import { storedState } from '../../state/run-news';
import { getState, notify, setFields, useStudio } from '../../state/store';
import { Card, type CardCommand } from './card';

export interface RunCardProps {
  run: RunRecord;
  /** Whether some tab has it open. */
  isHeld: boolean;
}

export function RunCard({ run, isHeld }: RunCardProps) {
  const live = useStudio((state) => state.live);
  const ready = useStudio((state) => state.capability?.kind === 'ready');
  const training = useStudio(
    (state) => state.live?.source === 'live' && ['starting', 'running'].includes(state.live.state),
  );
  const elsewhere = useStudio((state) => otherBase(run.name, run.baseHash, state.bundle));
  const again = () => openSettingsOf(runWithWords(run.run, run.wordChanges));
  const done = run.step >= run.run.steps;
  const show = () => setFields({ place: 'align' });
  const save = async (format: 'safetensors' | 'peft-zip') => {
    const file = await exportLora({ kind: 'run', runId: run.id }, format);
    saveFile(file.fileName, file.bytes);
  };
  const buttons: CardCommand[] = [
    {
      id: 'open',
      label: 'Open',
      isDisabled: training,
      perform: async () => {
        await openStoredRun(run.id);
        show();
      },
    },
    elsewhere
      ? { id: 'again', label: 'Use its settings', isDisabled: training, perform: again }
      : done
        ? {
            id: 'extend',
            label: `Train ${MORE} more`,
            isDisabled: training || !ready,
            perform: async () => {
              show();
              await resumeRun(run.id, run.step + MORE);
            },
          }
        : {
            id: 'resume',
            label: 'Resume',
            isDisabled: training || !ready,
            perform: async () => {
              show();
              await resumeRun(run.id);
            },
          },
  ];
  const menu: CardCommand[] = [
    { id: 'duplicate', label: 'Duplicate', isDisabled: training, perform: () => duplicateRun(run.id).then(() => {}) },
    {
      id: 'again',
      label: 'Use its settings for a new run',
      perform: again,
      isDisabled: training,
    },
    {
      id: 'safetensors',
      label: 'Export LoRA (.safetensors)',
      perform: () => save('safetensors'),
      isDisabled: !run.step,
    },
    { id: 'peft', label: 'Export PEFT folder (.zip)', perform: () => save('peft-zip'), isDisabled: !run.step },
    {
      id: 'run-file',
      label: 'Export run file (.json)',
      perform: () =>
        saveFile(
          fileName(run.name, 'run.json'),
          `${JSON.stringify(runWithHistory(run.run, run.wordChanges), null, 2)}\n`,
          'application/json',
        ),
    },
    {
      id: 'metrics',
      label: 'Export metrics (.csv)',
      isDisabled: run.step === 0,
      perform: async () => {
        const { listMetrics } = await import('../../../storage/metrics');
        saveFile(fileName(run.name, 'csv'), metricsCsv(await listMetrics(run), run), 'text/csv');
      },
    },
    {
      id: 'recording',
      label: 'Save as a recording (.zip)',
      isDisabled: run.step === 0,
      perform: async () => {
        const { recordingOf } = await import('../../recording/save-recording');
        const { bytes } = await recordingOf(run.id, getState().gpu?.name ?? 'another visit');
        saveFile(fileName(run.name, 'recording.zip'), bytes, 'application/zip');
      },
    },
    {
      id: 'delete',
      label: 'Delete',
      isDisabled: training,
      perform: async () => {
        await deleteRun(run.id);
        useStudio.setState((state) => (state.live?.runId === run.id ? { live: null } : {}));
        notify('info', `“${run.name}” is deleted.`, {
          label: 'Undo',
          accept: () =>
            void undeleteRun(run.id).then(() =>
              useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 })),
            ),
        });
      },
    },
  ];
  return (
    <Card
      name={run.name}
      thumbnail={run.thumbnail}
      about={
        <>
          {elsewhere && (
            <>
              Trained on {nameOfBase(run.baseHash)}
              <br />
            </>
          )}
          {methodOf(run.run.method).label}, step {run.step} of {run.run.steps}, {storedState(run, live, isHeld)}
          <WordHistory run={run.run} changes={run.wordChanges} />
          {new Date(run.updatedAt).toLocaleString()}
        </>
      }
      buttons={buttons}
      menu={menu}
      onRename={async (name) => {
        await renameRun(run.id, name);
        useStudio.setState((state) => (state.live?.runId === run.id ? { live: { ...state.live, name } } : {}));
      }}
    />
  );
}
