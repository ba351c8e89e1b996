/** @file What Compare can draw with now, as a hook. */
import { useMemo } from 'react';
import { type SideOption, sideOptions } from '../../state/compare-sides';
import { useStudio } from '../../state/store';

export function useSideOptions(): SideOption[] {
  const live = useStudio((state) => state.live);
  const compare = useStudio((state) => state.compare);
  return useMemo(() => sideOptions({ live, compare }), [live, compare]);
}
