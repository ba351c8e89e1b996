/** @file One bar that moves all the time, with what is done in words. It never goes back; with another `of` it begins anew. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { advanced, type Bar, type Stage } from '../state/progress';

/** Seconds between two looks at it. */
const TICK = 0.5;

export interface ProgressProps {
  label: string;
  stage: Stage;
  isMoving: boolean;
  /** Name of its words for tests, where there may be several. */
  testId?: string;
  /** What it is the progress of. */
  of: string;
  children?: ReactNode;
}

export function Progress({ label, stage, isMoving, of, testId, children }: ProgressProps) {
  const bar = useRef<{ of: string; bar: Bar } | null>(null);
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => tick((n) => n + 1), 1000 * TICK);
    return () => clearInterval(timer);
  }, [isMoving]);
  const before = bar.current?.of === of ? bar.current.bar : null;
  bar.current = { of, bar: advanced(before, stage, performance.now() / 1000) };
  const percent = 100 * bar.current.bar.at;
  return (
    <ProgressBar className="progress" aria-label={label} value={percent} valueLabel={stage.words}>
      {children}
      <div className={`bar ${isMoving ? 'moving' : ''}`}>
        <b style={{ width: `${percent}%` }} />
      </div>
      <p className="note" data-testid={testId}>
        {stage.words}
      </p>
    </ProgressBar>
  );
}
