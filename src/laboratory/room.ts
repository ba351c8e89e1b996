/**
 * @file The laboratory behind a page: base, one or two sides, playing and looking, in pieces of work short enough that a
 * question is answered within a frame or two.
 */
import type { Vote } from '../formats/person';
import { METHOD_IDS } from '../methods';
import { Base } from './base';
import { REACH } from './data';
import type { Hills } from './hills';
import { Laboratory } from './laboratory';
import { fieldPoints, type Look, type RoomEvent, type RoomRequest } from './protocol';

/** Milliseconds that a piece of learning takes. */
const PIECE = 24;

/** What of a side has changed since it was last told. */
interface Side {
  laboratory: Laboratory;
  seen: boolean;
  /** What the arrows of a method were computed for, by method. */
  arrows: Map<string, string>;
}

export class Room {
  #opened = 0;
  #base: Base | null = null;
  #sides: Side[] = [];
  #hills: Hills = { wanted: { x: 0, y: 0 }, unwanted: null };
  #look: Look = { sigma: 0, point: [0, 0], field: false, arrows: false };
  /** Whether the untrained samples' measures were told. */
  #measured = false;
  #perSecond = 0;
  /** Updates that were asked for one by one. */
  #asked = 0;
  /** When the next update is due. */
  #due = 0;
  /** Updates of the base when it was last shown. */
  #shownAt = 0;
  #turn = 0;
  /** Whether an arrow is owed before the next update. */
  #owed = false;
  #failed = false;
  /** Takes the votes that an update waits for. */
  #answer: ((votes: readonly Vote[]) => void) | null = null;

  /** @param now milliseconds  @param learns updates of the base */
  constructor(
    private readonly emit: (event: RoomEvent) => void,
    private readonly now: () => number = () => performance.now(),
    private readonly learns?: number,
  ) {}

  receive(request: RoomRequest): void {
    switch (request.type) {
      case 'open':
        this.#open(request);
        break;
      case 'hills':
        this.#hills = request.hills;
        for (const { laboratory } of this.#sides) laboratory.hills = request.hills;
        break;
      case 'look':
        this.#look = request.look;
        for (const side of this.#sides) side.seen = false;
        break;
      case 'play':
        this.#perSecond = request.perSecond;
        this.#due = 0;
        break;
      case 'pause':
        this.#perSecond = 0;
        break;
      case 'step':
        this.#asked++;
        break;
      case 'votes':
        this.#answer?.(request.votes);
        break;
    }
  }

  /** One piece of work. @returns milliseconds until the next is due; null where there is none until something is asked */
  async work(): Promise<number | null> {
    if (this.#failed || this.#sides.length === 0) return null;
    const opened = this.#opened;
    try {
      return await this.#piece();
    } catch (error) {
      if (opened !== this.#opened) return 0;
      this.#fail(error);
      return null;
    }
  }

  #open({ opened, settings, hills, look }: Extract<RoomRequest, { type: 'open' }>): void {
    this.#opened = opened;
    // What waited is given up: nobody votes on it any more.
    this.#answer?.([]);
    this.#failed = false;
    this.#measured = false;
    this.#perSecond = 0;
    this.#asked = 0;
    this.#owed = false;
    this.#hills = hills;
    this.#look = look;
    const { spots, seed, learningRate, person = false } = settings;
    const same = this.#base?.seed === seed && JSON.stringify(this.#base.spots) === JSON.stringify(spots);
    try {
      if (!same) {
        this.#base = new Base(spots, seed, this.learns);
        this.#shownAt = 0;
      }
      this.#sides = settings.sides.map((side, i) => ({
        laboratory: new Laboratory(this.#base!, {
          ...{ ...side, seed, learningRate, hills, person },
          ...(person && { ask: (points) => this.#ask(i, points) }),
        }),
        seen: false,
        arrows: new Map(),
      }));
    } catch (error) {
      this.#sides = [];
      this.#fail(error);
    }
  }

  /** Shows points and waits for a vote on each. */
  async #ask(side: number, points: Float32Array): Promise<readonly Vote[]> {
    const votes = await new Promise<readonly Vote[]>((resolve) => {
      this.#answer = resolve;
      this.emit({ opened: this.#opened, type: 'ask', side, points: points.slice() as Float32Array<ArrayBuffer> });
    });
    this.#answer = null;
    return Array.from({ length: points.length / 2 }, (_, i) => votes[i] ?? null);
  }

  #fail(error: unknown): void {
    this.#failed = true;
    this.emit({
      opened: this.#opened,
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
    });
  }

  async #piece(): Promise<number | null> {
    const base = this.#base!;
    const opened = this.#opened;
    if (!base.isTrained) {
      const start = this.now();
      while (!base.isTrained && this.now() - start < PIECE) await base.train();
      this.emit({ opened, type: 'learning', step: base.step, updates: base.updates });
      if (!base.isTrained) {
        // How far it is can be seen now and then; it costs as much as learning on.
        if (base.step - this.#shownAt >= 40) {
          this.#shownAt = base.step;
          for (const i of this.#sides.keys()) await this.#show(i);
        }
        return 0;
      }
      for (const side of this.#sides) side.seen = false;
    }
    if (!this.#measured) {
      this.#measured = true;
      this.emit({ opened, type: 'learning', step: base.step, updates: base.updates });
      for (const [side, { laboratory }] of this.#sides.entries()) {
        this.emit({ opened, type: 'updates', side, updates: [await laboratory.measure()] });
      }
      return 0;
    }
    const unseen = this.#sides.findIndex(({ seen }) => !seen);
    if (unseen >= 0) {
      await this.#show(unseen);
      return 0;
    }
    if (this.#isDue() && !this.#owed) {
      await this.#update();
      return 0;
    }
    this.#owed = false;
    if ((await this.#nextArrow()) || this.#isDue()) return 0;
    return this.#perSecond > 0 ? Math.max(0, this.#due - this.now()) : null;
  }

  #isDue(): boolean {
    return this.#asked > 0 || (this.#perSecond > 0 && this.now() >= this.#due);
  }

  async #update(): Promise<void> {
    if (this.#asked > 0) this.#asked--;
    else this.#due = Math.max(this.#due, this.now() - 1000 / this.#perSecond) + 1000 / this.#perSecond;
    const opened = this.#opened;
    for (const [side, own] of this.#sides.entries()) {
      const update = await own.laboratory.update();
      if (opened !== this.#opened) return;
      own.seen = false;
      this.emit({ opened, type: 'updates', side, updates: [update] });
    }
    this.#owed = true;
  }

  async #show(side: number): Promise<void> {
    const own = this.#sides[side];
    const { laboratory } = own;
    const opened = this.#opened;
    const { point, sigma, field } = this.#look;
    own.seen = true;
    const view = {
      paths: (await laboratory.paths()).slice(),
      way: await laboratory.trajectory(...point),
      sigmas: laboratory.sigmas,
      field: field ? await laboratory.velocities(fieldPoints(REACH), sigma) : null,
    };
    if (opened === this.#opened) this.emit({ opened, type: 'view', side, view });
  }

  /** Computes the arrow that is stale the longest; false where none is. */
  async #nextArrow(): Promise<boolean> {
    if (!this.#look.arrows) return false;
    const opened = this.#opened;
    // The sides take turns.
    this.#turn++;
    for (const i of this.#sides.keys()) {
      const side = (this.#turn + i) % this.#sides.length;
      const { laboratory, arrows } = this.#sides[side];
      const now = `${laboratory.step} ${this.#look.point} ${JSON.stringify(this.#hills)}`;
      const method = [...METHOD_IDS]
        .filter((id) => arrows.get(id) !== now)
        .sort((a, b) => Number(arrows.get(a)?.split(' ')[0] ?? -1) - Number(arrows.get(b)?.split(' ')[0] ?? -1))[0];
      if (!method) continue;
      arrows.set(method, now);
      const way = await laboratory.trajectory(...this.#look.point);
      // No step is left at the end: what is shown there is the last one's.
      const steps = laboratory.sigmas.length - 1;
      const bent = await laboratory.arrows(method, way.slice(0, 2 * steps), laboratory.sigmas.slice(0, steps));
      const bends = Float32Array.of(...bent, ...bent.slice(-2));
      if (opened === this.#opened) this.emit({ opened, type: 'arrows', side, method, arrows: bends });
      return true;
    }
    return false;
  }
}
