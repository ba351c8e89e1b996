/** @file Shows the training picture in the timeline again, after a prompt of the user was drawn. */

import { setFields, useStudio } from '../state/store';
import type { Action } from './action';

export const showTrainingPicture: Action = {
  id: 'show-training-picture',
  label: 'Show the training picture',
  enabled: (state) => state.inspected !== null,
  perform: () => {
    setFields({ timelinePrompt: '' });
    useStudio.setState({ inspected: null });
  },
};
