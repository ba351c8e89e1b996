/** @file The measures of an evaluation, in the order in which a table shows them. */

export interface Measure {
  name: string;
  label: string;
  /** Whether it is a part of 1, which a table shows in percent. */
  share: boolean;
}

const share = (name: string, label: string): Measure => ({ name, label, share: true });
const plain = (name: string, label: string): Measure => ({ name, label, share: false });

/** What an evaluation with this judge and these rewards measures. */
export function measuresOf(
  styles: readonly string[] | null,
  rewards: readonly { name: string; readsText: boolean }[],
  hasWords: boolean,
): Measure[] {
  const judged = [
    share('wanted', 'wanted style'),
    share('wantedProbability', 'its probability'),
    share('namedRight', 'named right'),
    share('namedTop5', 'named within five'),
    plain('quality', 'quality'),
  ];
  return [
    ...(styles ? judged : []),
    plain('saturation', 'saturation'),
    plain('edgeDensity', 'edge density'),
    plain('diversity', 'diversity'),
    ...(styles ? [plain('gauge', 'hacking gauge')] : []),
    ...rewards.flatMap(({ name, readsText }) => [
      plain(`reward.${name}.prompt`, readsText && hasWords ? `${name}, prompt alone` : name),
      ...(readsText && hasWords
        ? [
            plain(`reward.${name}.wanted`, `${name}, wanted words`),
            plain(`reward.${name}.unwanted`, `${name}, unwanted words`),
          ]
        : []),
    ]),
    ...(styles ?? []).map((id) => share(`style.${id}`, `judged “${id}”`)),
  ];
}
