/**
 * @file How long a step takes, for the time left, and how often a timeline of the training picture can be drawn without
 * slowing training by more than a fifth.
 *
 * Only time spent working is counted, so pauses do not matter; a step during which the computer slept is left out.
 */

/** Part of the training time that timelines may add. */
const TIMELINE_SHARE = 0.2;
const RECENT = 20;

export class Pace {
  #updates: number[] = [];
  #timeline = 0;
  #samples = 0;
  #sinceTimeline = 0;

  /** @param samplesEvery updates from one sample grid to the next */
  constructor(private readonly samplesEvery: number) {}

  update(seconds: number): void {
    this.#updates = [...this.#updates.slice(1 - RECENT), seconds];
    this.#sinceTimeline++;
  }

  timeline(seconds: number): void {
    this.#timeline = seconds;
    this.#sinceTimeline = 0;
  }

  samples(seconds: number): void {
    this.#samples = seconds;
  }

  /** Whether the next timeline is due. */
  get timelineIsDue(): boolean {
    return this.#sinceTimeline >= this.timelineEvery;
  }

  /** Updates from one timeline to the next. */
  get timelineEvery(): number {
    const update = this.#update();
    return update === 0 ? 1 : Math.max(1, Math.ceil(this.#timeline / (TIMELINE_SHARE * update)));
  }

  /** Seconds a step, with its share of timelines and samples; 0 before the first. */
  get secondsPerStep(): number {
    const update = this.#update();
    return update === 0 ? 0 : update + this.#timeline / this.timelineEvery + this.#samples / this.samplesEvery;
  }

  /** Mean of the recent updates; those far above the median were interrupted by sleep. */
  #update(): number {
    const sorted = [...this.#updates].sort((a, b) => a - b);
    if (sorted.length === 0) return 0;
    const median = sorted[(sorted.length - 1) >> 1];
    const usual = sorted.filter((seconds) => seconds <= 4 * median);
    return usual.reduce((a, b) => a + b, 0) / usual.length;
  }
}
