/** @file Opens the glossary. */

import { useStudio } from '../state/store';
import type { Action } from './action';

export const openGlossary: Action = {
  id: 'open-glossary',
  label: 'Glossary: what the words mean',
  enabled: () => true,
  perform: () => useStudio.setState({ dialog: 'glossary', term: null }),
};
