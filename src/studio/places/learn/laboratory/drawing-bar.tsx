/** @file While data is drawn by hand: how much of it there is, and what is done with it. */
import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components/Button';
import { MOST_SPOTS, type Spot, writeSpots } from '../../../../laboratory/data';
import { setFields } from '../../../state/store';

export interface DrawingBarProps {
  spots: readonly Spot[];
  onDraw(spots: readonly Spot[] | null): void;
}

export function DrawingBar({ spots, onDraw }: DrawingBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  // Where the page is one column the plane may be far from what began the drawing.
  useEffect(() => {
    bar.current!.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div className="lab-transport" ref={bar}>
      <Button
        className="button accent"
        isDisabled={spots.length === 0}
        onPress={() => {
          setFields({ labData: writeSpots(spots) });
          onDraw(null);
        }}
      >
        Learn it
      </Button>
      <Button className="button" isDisabled={spots.length === 0} onPress={() => onDraw([])}>
        Clear
      </Button>
      <Button className="button quiet" onPress={() => onDraw(null)}>
        Cancel
      </Button>
      <span role="status" className="note">
        Draw on the plane with mouse or finger: {spots.length} of {MOST_SPOTS} spots.
      </span>
    </div>
  );
}
