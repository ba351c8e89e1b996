/** @file Lets files be dropped anywhere on the page, and says what may be dropped while they hover over it. */
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { droppedFiles } from '../files/dropped-files';
import { openFiles } from '../files/open-files';
import { report } from '../remote/report';
import './drop-target.css';

export function DropTarget({ children }: { children: ReactNode }) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has its button, "Import a file"
    <div
      className="page"
      onDragEnter={(event) => {
        if (!holdsFiles(event)) return;
        depth.current++;
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!holdsFiles(event)) return;
        depth.current = Math.max(depth.current - 1, 0);
        if (depth.current === 0) setOver(false);
      }}
      onDragOver={(event) => {
        if (holdsFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        droppedFiles(event.dataTransfer).then(openFiles).catch(report);
      }}
    >
      {children}
      {over && (
        <div className="drop-here" aria-hidden="true">
          <p>
            <b>Drop to open</b>a LoRA, a run file, a prompt list, pictures to train from, or your own model
          </p>
        </div>
      )}
    </div>
  );
}
