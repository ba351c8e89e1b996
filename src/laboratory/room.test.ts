/** @file The laboratory behind a page, driven piece by piece with a clock of its own. */
import { expect, test } from 'vitest';
import { METHODS } from '../methods';
import { DATA_SETS } from './data';
import { FIELD, type RoomEvent, type RoomRequest } from './protocol';
import { Room } from './room';
import { SAMPLES } from './sizes';

const HILLS = { wanted: { x: 1.7, y: 0 }, unwanted: null };
const LOOK = { sigma: 0.5, point: [0.3, 0.4] as const, field: true, arrows: false };

function room() {
  const events: RoomEvent[] = [];
  const clock = { now: 0 };
  const own = new Room(
    (event) => events.push(event),
    () => clock.now++,
    100,
  );
  /** Works until nothing is left; what an event says is done as soon as it comes. */
  const settle = async (on?: (event: RoomEvent) => void) => {
    for (;;) {
      const before = events.length;
      const wait = await own.work();
      if (on) for (const event of events.slice(before)) on(event);
      if (wait === null) return;
      clock.now += wait;
    }
  };
  const of = <T extends RoomEvent['type']>(type: T) =>
    events.filter((event): event is Extract<RoomEvent, { type: T }> => event.type === type);
  return { own, events, settle, of };
}

const opening = (opened = 1, sides = [{ method: 'draft', options: {} }]): Extract<RoomRequest, { type: 'open' }> => ({
  type: 'open',
  opened,
  settings: { spots: DATA_SETS.one.spots, seed: 1, learningRate: 0.003, sides: sides as never },
  hills: HILLS,
  look: LOOK,
});

test('learns, shows what it draws, and waits; a step is one update, playing goes on until it is paused', async () => {
  const { own, settle, of, events } = room();
  expect(await own.work()).toBeNull();
  own.receive(opening());
  await settle();
  const { step, updates } = of('learning').at(-1)!;
  expect(step).toBe(updates);
  expect(of('updates').map((event) => event.updates[0].step)).toEqual([0]);
  const { view } = of('view').at(-1)!;
  expect(view.paths).toHaveLength(view.sigmas.length * SAMPLES * 2);
  expect([...view.way.slice(0, 2)]).toEqual([...Float32Array.of(0.3, 0.4)]);
  expect(view.field).toHaveLength(2 * FIELD * FIELD);
  own.receive({ type: 'step' });
  await settle();
  expect(of('updates').at(-1)!.updates[0].step).toBe(1);
  own.receive({ type: 'play', perSecond: 4 });
  await settle((event) => {
    if (event.type === 'updates' && event.updates[0].step === 4) own.receive({ type: 'pause' });
  });
  expect(of('updates').map((event) => event.updates[0].step)).toEqual([0, 1, 2, 3, 4]);
  expect(events.every(({ opened }) => opened === 1)).toBe(true);
});

test('two sides share one base and go step by step; every method’s arrow is told once, until something changes', async () => {
  const { own, settle, of } = room();
  own.receive(
    opening(1, [
      { method: 'draft', options: {} },
      { method: 'grpo', options: { group: 4 } },
    ]),
  );
  await settle();
  own.receive({ type: 'look', look: { ...LOOK, field: false, arrows: true } });
  await settle();
  expect(of('view').at(-1)!.view.field).toBeNull();
  for (const side of [0, 1]) {
    const told = of('arrows').filter((event) => event.side === side);
    expect(told.map(({ method }) => method).sort()).toEqual(METHODS.map(({ id }) => id).sort());
  }
  const before = of('arrows').length;
  own.receive({ type: 'hills', hills: { ...HILLS, wanted: { x: -1, y: 1 } } });
  await settle();
  expect(of('arrows')).toHaveLength(before + 2 * METHODS.length);
  own.receive({ type: 'step' });
  await settle();
  expect(of('updates').map(({ side, updates }) => [side, updates[0].step])).toEqual([
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ]);
});

test('other settings begin anew without learning again where the data is the same; wrong ones are a sentence', async () => {
  const { own, settle, of } = room();
  own.receive(opening());
  await settle();
  own.receive({ type: 'step' });
  await settle();
  const learned = of('learning').length;
  own.receive(opening(2, [{ method: 'refl', options: {} }]));
  await settle();
  expect(of('learning')).toHaveLength(learned + 1);
  expect(of('updates').at(-1)).toMatchObject({ opened: 2, updates: [{ step: 0 }] });
  own.receive(opening(3, [{ method: 'refl', options: { k: 2 } }]));
  await settle();
  expect(of('failed')).toEqual([{ opened: 3, type: 'failed', message: expect.stringContaining('no option "k"') }]);
  own.receive({ type: 'step' });
  expect(await own.work()).toBeNull();
});

test('where a person is the reward an update waits for votes; what waits when it is opened anew is given up', async () => {
  const { own, settle, of } = room();
  const voted = (opened: number) => {
    const open = opening(opened, [{ method: 'nft', options: { group: 4 } }]);
    own.receive({ ...open, settings: { ...open.settings, person: true } });
  };
  /** Asks for an update and waits until it waits. */
  const asked = async () => {
    const before = of('ask').length;
    own.receive({ type: 'step' });
    const working = own.work();
    while (of('ask').length === before) await new Promise((resolve) => setTimeout(resolve));
    return { working };
  };
  voted(1);
  await settle();
  const { paths } = of('view').at(-1)!.view;
  const first = await asked();
  expect(of('ask')[0].points).toHaveLength(2 * 4);
  own.receive({ type: 'votes', votes: [1, 1, 1, 1] });
  await first.working;
  await settle();
  expect(of('updates').at(-1)!.updates[0].step).toBe(1);
  /** How far a sample has moved at most. */
  const moved = () =>
    Math.max(
      ...of('view')
        .at(-1)!
        .view.paths.map((v, i) => Math.abs(v - paths[i])),
    );
  // Equal votes teach nothing: what is left is rounding, which Adam makes larger.
  const unmoved = moved();
  expect(unmoved).toBeLessThan(0.005);
  const second = await asked();
  own.receive({ type: 'votes', votes: [1, 0, 0, 0] });
  await second.working;
  await settle();
  expect(moved()).toBeGreaterThan(4 * unmoved);
  const third = await asked();
  voted(2);
  await third.working;
  await settle();
  expect(of('updates').at(-1)).toMatchObject({ opened: 2, updates: [{ step: 0 }] });
});
