/** @file A point on the plane that is moved: by mouse, by finger, or by the arrow keys. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { REACH } from '../../../../laboratory/data';

export interface DragPointProps {
  /** What it is; its place is said after it. */
  label: string;
  kind: string;
  at: readonly [number, number];
  onMove(at: [number, number]): void;
  /** Enter. */
  onPress?(): void;
  children: ReactNode;
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const onPlane = (v: number) => Math.round(100 * Math.min(REACH, Math.max(-REACH, v))) / 100;

/** Where a pointer is on the plane that an element shows. */
export function placeOf(event: { clientX: number; clientY: number }, plane: Element): [number, number] {
  const { left, top, width, height } = plane.getBoundingClientRect();
  return [
    onPlane(REACH * ((2 * (event.clientX - left)) / width - 1)),
    onPlane(REACH * (1 - (2 * (event.clientY - top)) / height)),
  ];
}

export function DragPoint({ label, kind, at, onMove, onPress, children }: DragPointProps) {
  /** How far beside its middle it was taken. */
  const grip = useRef<[number, number] | null>(null);
  const [x, y] = at;
  const onPointer = (event: PointerEvent<HTMLButtonElement>) => {
    const [px, py] = placeOf(event, event.currentTarget.parentElement!);
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId);
      grip.current = [x - px, y - py];
    } else if (grip.current) onMove([onPlane(px + grip.current[0]), onPlane(py + grip.current[1])]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = KEYS[event.key];
    const step = event.shiftKey ? 0.02 : 0.1;
    if (by) {
      event.preventDefault();
      onMove([onPlane(x + step * by[0]), onPlane(y + step * by[1])]);
    } else if (onPress && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onPress();
    }
  };
  return (
    <button
      type="button"
      className={`drag-point ${kind}`}
      style={{ left: `${50 + (50 * x) / REACH}%`, top: `${50 - (50 * y) / REACH}%` }}
      aria-label={`${label}, at ${x.toFixed(1)}, ${y.toFixed(1)}. Arrow keys move it${onPress ? ', Enter sets a spot' : ''}.`}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onPointerUp={() => {
        grip.current = null;
      }}
      onPointerCancel={() => {
        grip.current = null;
      }}
      onKeyDown={onKeyDown}
    >
      {children}
    </button>
  );
}
