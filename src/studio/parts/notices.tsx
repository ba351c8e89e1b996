/** @file Short messages at the corner of the page, with an offer such as "Undo" where there is one. */
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { dismiss, type Notice, useStudio } from '../state/store';
import { useKeptFocus } from './kept-focus';
import './notices.css';

/** How long a message without an offer stays; errors and offers stay until they are closed. */
const STAYS = 8000;

export function Notices() {
  const notices = useStudio((state) => state.notices);
  const box = useRef<HTMLElement>(null);
  const keepsFocus = useKeptFocus(box, (list) => list.querySelector('button') ?? document.getElementById('main'));
  return (
    <section ref={box} className="notices" aria-label="Messages" aria-live="polite" {...keepsFocus}>
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice: { id, kind, message, offer } }: { notice: Notice }) {
  const [read, setRead] = useState(false);
  useEffect(() => {
    // One that is being read or is about to be pressed stays.
    if (kind === 'error' || offer || read) return;
    const timer = setTimeout(() => dismiss(id), STAYS);
    return () => clearTimeout(timer);
  }, [id, kind, offer, read]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is pressed are its buttons
    <div
      className={`notice ${kind}`}
      onPointerEnter={() => setRead(true)}
      onPointerLeave={() => setRead(false)}
      onFocus={() => setRead(true)}
      onBlur={() => setRead(false)}
      onKeyDown={(event) => event.key === 'Escape' && dismiss(id)}
    >
      <p className="notice-text" role={kind === 'error' ? 'alert' : undefined}>
        {message}
      </p>
      {offer && (
        <Button
          className="button quiet"
          onPress={() => {
            dismiss(id);
            offer.accept();
          }}
        >
          {offer.label}
        </Button>
      )}
      <Button className="button icon" aria-label="Close this message" onPress={() => dismiss(id)}>
        ×
      </Button>
    </div>
  );
}
