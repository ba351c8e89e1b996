/** @file The glossary: every word of the studio that a newcomer cannot know, in a sentence or two. */
import { useEffect, useRef } from 'react';
import { GLOSSARY } from '../lessons/glossary';
import { useStudio } from '../state/store';
import { Dialog } from './dialog';

export default function Glossary() {
  const term = useStudio((state) => state.term);
  const asked = useRef<HTMLDivElement>(null);
  useEffect(() => {
    asked.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <Dialog title="Glossary" className="glossary">
      <dl>
        {GLOSSARY.map(({ id, name, text }) => (
          <div key={id} ref={id === term ? asked : undefined} className={id === term ? 'asked' : ''}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
