/** @file Saves the run on the page as a recording: one file that plays in any browser, without a GPU. */

import { fileName, saveFile } from '../files/save-file';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportRecording: Action = {
  id: 'export-recording',
  label: 'Save as a recording that plays without a GPU (.zip)',
  enabled: ({ live }) => live?.runId !== undefined && live !== null && live.frameSteps.length > 0,
  whyNot: () => 'There is no timeline of a run of yours yet: train a run, or open one of the Library.',
  perform: async () => {
    const { live, gpu } = getState();
    if (!live?.runId) return;
    const { recordingOf } = await import('../recording/save-recording');
    const { name, bytes } = await recordingOf(live.runId, gpu?.name ?? 'another visit');
    saveFile(fileName(name, 'recording.zip'), bytes, 'application/zip');
  },
};
