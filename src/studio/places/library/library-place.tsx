/** @file The Library place: runs and LoRAs kept in this browser, the storage they use, import and export. */
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { heldRuns } from '../../../storage/locks';
import { listLoras } from '../../../storage/loras';
import type { LoraRecord, RunRecord } from '../../../storage/records';
import { listRuns } from '../../../storage/runs';
import { importAction } from '../../actions/import';
import { bytes } from '../../numbers/in-words';
import { ActionButton } from '../../parts/action-button';
import { useKeptFocus } from '../../parts/kept-focus';
import { report } from '../../remote/report';
import { notify, setFields, useStudio } from '../../state/store';
import { LoraCard } from './lora-card';
import { RunCard } from './run-card';
import './library-place.css';

interface Contents {
  runs: RunRecord[];
  loras: LoraRecord[];
  /** Runs that some tab has open. */
  held: Set<string>;
  used: number;
  quota: number;
}

/** A record that cannot be read is named, the others are shown. */
const damaged = (sentence: string) => notify('error', sentence);

async function readLibrary(): Promise<Contents> {
  const [runs, loras, held, estimate] = await Promise.all([
    listRuns(damaged),
    listLoras(damaged),
    heldRuns(),
    Promise.resolve(navigator.storage?.estimate?.() ?? {}).catch(() => ({}) as StorageEstimate),
  ]);
  return {
    held,
    runs: runs.filter((r) => r.deletedAt === undefined).sort((a, b) => b.updatedAt - a.updatedAt),
    loras: loras.filter((a) => a.deletedAt === undefined).sort((a, b) => b.createdAt - a.createdAt),
    used: estimate.usage ?? 0,
    quota: estimate.quota ?? 0,
  };
}

export default function LibraryPlace() {
  const version = useStudio((state) => state.libraryVersion);
  const step = useStudio((state) => state.live?.step);
  const keeps = useStudio((state) => state.keepsRecords);
  const [failed, setFailed] = useState(false);
  const [contents, setContents] = useState<Contents | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the Library or the live run changed
  useEffect(() => {
    readLibrary().then(setContents, (error) => {
      setFailed(true);
      report(error);
    });
  }, [version, step]);
  const box = useRef<HTMLDivElement>(null);
  const keepsFocus = useKeptFocus(box, (place) => place.querySelector('.card .button.icon'));
  // Another tab may have trained meanwhile.
  useEffect(() => {
    const again = () => useStudio.setState((state) => ({ libraryVersion: state.libraryVersion + 1 }));
    addEventListener('focus', again);
    return () => removeEventListener('focus', again);
  }, []);
  if (!contents) {
    return (
      <p className="loading">{failed ? 'The Library cannot be read; the message says why.' : 'Opening the Library…'}</p>
    );
  }
  const { runs, loras, held, used, quota } = contents;
  const part = quota > 0 ? Math.max((100 * used) / quota, 0.5) : 0;
  return (
    <div ref={box} className="library-place" tabIndex={-1} {...keepsFocus}>
      {!keeps && (
        <p className="banner" role="status">
          This browser keeps no data for this page: runs and LoRAs are gone when it is closed, and a run is not listed
          here. Export what you want to keep, or allow site data and reload.
        </p>
      )}
      <div className="library-head">
        <div className="storage">
          <p>
            <b>{bytes(used)}</b> used in this browser
            {quota > 0 && <span className="note"> of about {bytes(quota)} it allows, base model included</span>}
          </p>
          <div className="bar" aria-hidden="true">
            <b style={{ width: `${part}%` }} />
          </div>
        </div>
        <ActionButton action={importAction} />
      </div>
      {runs.length + loras.length === 0 && (
        <div className="panel empty-library">
          <h2>Nothing is kept yet</h2>
          <p>Runs appear here with their first training step, LoRAs when you import one.</p>
          <p className="note">LoRA files, run files and prompt lists can be dropped anywhere on the page.</p>
          <Button className="button" onPress={() => setFields({ place: 'align' })}>
            Set up a run in Align
          </Button>
        </div>
      )}
      {runs.length > 0 && (
        <section aria-labelledby="runs-title">
          <h2 id="runs-title">Runs</h2>
          <ul className="cards">
            {runs.map((run) => (
              <RunCard key={run.id} run={run} isHeld={held.has(run.id)} />
            ))}
          </ul>
        </section>
      )}
      {loras.length > 0 && (
        <section aria-labelledby="loras-title">
          <h2 id="loras-title">LoRAs</h2>
          <ul className="cards">
            {loras.map((lora) => (
              <LoraCard key={lora.id} lora={lora} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
