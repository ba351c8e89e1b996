/** @file How far Compare is with what it draws or judges. */
import { bytes } from '../numbers/in-words';
import { downloadOf, loadingOf } from './progress';
import type { StudioState } from './store';

/** What is being done, in words, and the part of it that is done, 0 … 1. */
export interface DrawingStage {
  words: string;
  part: number;
}

export function drawingStage(
  state: Pick<StudioState, 'compare' | 'progress' | 'opened' | 'download' | 'downloadBytes'>,
): DrawingStage {
  const { compare, progress, opened } = state;
  const { drawing, columns } = compare;
  const counted = (what: string, { done, total }: { done: number; total: number }): DrawingStage => ({
    words: `${what}: ${done} of ${total} pictures`,
    part: done / total,
  });
  if (drawing) return counted(`Drawing ${columns[drawing.column]?.short}`, drawing);
  if (opened === 'yes' && progress?.phase === 'judging') return counted('Judging', progress);
  const download = downloadOf(state);
  if (download) {
    const { loaded, total } = download;
    return { words: `Downloading the base model: ${bytes(loaded)} of ${bytes(total)}`, part: loaded / total };
  }
  const loading = loadingOf({ progress });
  if (loading) return { words: loading.words, part: loading.done };
  return { words: progress?.phase === 'tuning' ? 'Choosing the fastest kernels' : 'Opening the base model', part: 0 };
}
