/** @file Tells of the run wherever the user is: in the tab's title, and to screen readers. */
import { useEffect, useRef, useState } from 'react';
import { announcement, titleOf } from '../state/run-news';
import type { RunView } from '../state/run-view';
import { useStudio } from '../state/store';

export function RunNews({ place }: { place: string }) {
  const live = useStudio((state) => state.live);
  const asked = useStudio(({ ballot }) => ballot !== null && !ballot.sent);
  const before = useRef<RunView | null>(null);
  const [news, setNews] = useState('');
  useEffect(() => {
    document.title = titleOf(place, live, asked);
  }, [place, live, asked]);
  useEffect(() => {
    const said = announcement(live, before.current);
    before.current = live;
    if (said) setNews(said);
  }, [live]);
  return (
    <p className="hidden" role="status" data-testid="run-news">
      {news}
    </p>
  );
}
