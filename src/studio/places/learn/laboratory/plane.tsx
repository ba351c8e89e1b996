/** @file One side's plane: a canvas that is drawn anew with every frame, and the points on it that can be moved. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { DAB, MOST_SPOTS, type Spot, spotsOf } from '../../../../laboratory/data';
import { useScheme } from '../../../parts/scheme';
import { hillsOf, laboratorySides, useLaboratory } from '../../../remote/laboratory';
import { METHODS, methodOf } from '../../../state/methods';
import { getState, setFields, useField } from '../../../state/store';
import { DragPoint, placeOf } from './drag-point';
import { dotOf, drawGround, drawMoving, isMoving, paletteOf, Shade, shadeReward } from './draw-plane';

export interface PlaneProps {
  side: number;
  method: string;
  /** Spots while they are drawn by hand, and how they change. */
  drawing: readonly Spot[] | null;
  onDraw(spots: Spot[]): void;
  /** Whether the hills are shown: not where a person is the reward. */
  hills?: boolean;
  /** Stands on the plane. */
  children?: ReactNode;
}

/** Least distance between two spots of a stroke. */
const APART = 0.22;

export function Plane({ side, method, drawing, onDraw, hills: hasHills = true, children }: PlaneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** What moves, over what stands still. */
  const front = useRef<HTMLCanvasElement>(null);
  const [wanted] = useField('labWanted');
  const [unwanted] = useField('labUnwanted');
  const [point] = useField('labPoint');
  const [shows] = useField('labShows');
  const scheme = useScheme();
  const sketch = useRef(drawing);
  sketch.current = drawing;
  const [pen, setPen] = useState<[number, number]>([0, 0]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `scheme` stands for the page's colours
  useEffect(() => {
    const ground = canvas.current!;
    const over = front.current!;
    const palette = paletteOf(ground);
    const layers = { reward: new Shade(), density: new Shade() };
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    let shaded = '';
    let dot = { scale: 0, picture: ground };
    const drawn = { ground: [] as unknown[], moving: [] as unknown[] };
    let frame = requestAnimationFrame(function draw(now) {
      frame = requestAnimationFrame(draw);
      const own = laboratorySides[side];
      const size = ground.clientWidth;
      if (!own || size === 0) return;
      const scale = Math.min(devicePixelRatio, 2);
      for (const element of [ground, over]) {
        if (element.width === Math.round(size * scale)) continue;
        element.width = Math.round(size * scale);
        element.height = element.width;
      }
      if (dot.scale !== scale) dot = { scale, picture: dotOf(scale, palette) };
      const { fields } = getState();
      const { labShows: shows, labSigma: sigma, labData } = fields;
      const scene = {
        ...{ side: own, spots: spotsOf(labData), shows, sigma, methods: METHODS, own: method },
        ...{ drawing: sketch.current, now, still: still.matches },
      };
      // Drawing is what a frame costs: what looks as before stays.
      const looks = [own.view, shows, sigma, sketch.current, size, scale];
      const { labWanted, labUnwanted } = fields;
      if (differ(drawn, 'ground', [...looks, labData, labWanted, labUnwanted])) {
        const hills = hasHills ? hillsOf(fields) : null;
        const key = JSON.stringify(hills);
        if (key !== shaded) {
          shaded = key;
          shadeReward(layers.reward, hills, palette);
        }
        drawGround(prepared(ground, scale), size, scene, palette, layers);
      }
      const moves = isMoving(own, now, still.matches);
      if (differ(drawn, 'moving', [...looks, own.version, moves && now])) {
        drawMoving(prepared(over, scale), size, scene, palette, dot.picture);
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [side, method, scheme, hasHills]);

  const stroke = useRef(false);
  const dab = ([x, y]: [number, number]) => {
    const spots = sketch.current!;
    if (spots.length >= MOST_SPOTS) return;
    if (spots.some((spot) => Math.hypot(spot.x - x, spot.y - y) < APART)) return;
    onDraw([...spots, { x, y, radius: DAB }]);
  };
  const { label } = methodOf(method);
  return (
    <div
      className={`plane ${drawing ? 'drawn' : ''}`}
      onPointerDown={(event) => {
        if (!drawing || event.target !== front.current) return;
        stroke.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        dab(placeOf(event, event.currentTarget));
      }}
      onPointerMove={(event) => drawing && stroke.current && dab(placeOf(event, event.currentTarget))}
      onPointerUp={() => {
        stroke.current = false;
      }}
      onPointerCancel={() => {
        stroke.current = false;
      }}
    >
      <canvas ref={canvas} role="img" aria-label={`The plane of ${label}. The numbers below say what it shows.`} />
      <canvas ref={front} className="front" />
      {drawing ? (
        <DragPoint label="Pen" kind="pen" at={pen} onMove={setPen} onPress={() => dab(pen)}>
          ✎
        </DragPoint>
      ) : (
        <>
          {hasHills && unwanted && (
            <DragPoint
              label="Unwanted hill"
              kind="less"
              at={unwanted}
              onMove={(labUnwanted) => setFields({ labUnwanted })}
            >
              −
            </DragPoint>
          )}
          {hasHills && (
            <DragPoint label="Wanted hill" kind="more" at={wanted} onMove={(labWanted) => setFields({ labWanted })}>
              +
            </DragPoint>
          )}
          {(shows.includes('way') || shows.includes('arrows')) && (
            <DragPoint
              label="Noise that the path begins with"
              kind="noise"
              at={point}
              onMove={(labPoint) => setFields({ labPoint })}
            >
              ε
            </DragPoint>
          )}
        </>
      )}
      {children}
      <Learning />
    </div>
  );
}

/** Whether what a layer shows differs from what was drawn of it last; remembers it. */
function differ<K extends string>(drawn: Record<K, unknown[]>, layer: K, now: unknown[]): boolean {
  const before = drawn[layer];
  if (before.length === now.length && now.every((value, i) => Object.is(value, before[i]))) return false;
  drawn[layer] = now;
  return true;
}

function prepared(canvas: HTMLCanvasElement, scale: number): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/** How far the network is, while it learns the data. */
function Learning() {
  const learned = useLaboratory((state) => (state.learned === null ? 0 : Math.floor(20 * state.learned) / 20));
  if (learned >= 1) return null;
  return (
    <p className="plane-learning" aria-hidden="true">
      Learning the data… {Math.round(100 * learned)} %
    </p>
  );
}
