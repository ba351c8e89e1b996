/** @file Uses a model of the user instead of the one of this site. */

import { useStudio } from '../state/store';
import type { Action } from './action';

export const useOwnModel: Action = {
  id: 'use-own-model',
  label: 'Use your own model',
  enabled: (state) => state.live?.state !== 'running' && state.opened !== 'opening',
  perform: () => useStudio.setState({ dialog: 'own-model' }),
};
