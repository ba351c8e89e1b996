/**
 * @file Brings records of older versions forward, one version at a time, when they are read.
 *
 * To change a record's shape: raise its `version` in records.ts and append here the function that makes
 * the new version from the one before. Nothing is rewritten until the record is next saved.
 */
import { UserError } from '../errors';
import type { SCHEMAS } from './records';

type Stored = Record<string, unknown> & { version: number };

/** Entry i makes version i + 2 from version i + 1. */
export type Migrations = readonly ((record: Stored) => Record<string, unknown>)[];

export const MIGRATIONS: Record<keyof typeof SCHEMAS, Migrations> = {
  run: [
    // Metrics have records of their own now, and kept LoRAs are found by their keys.
    ({ metrics, keptSteps: _, ...run }) => ({ ...run, earlierMetrics: metrics }),
  ],
  metrics: [],
  snapshot: [],
  kept: [],
  sample: [],
  frame: [],
  votes: [],
  picture: [],
  latents: [],
  adapter: [],
};

/**
 * The record in today's version.
 *
 * @param what how a sentence begins: `The stored run "cat"`
 * @throws UserError for a record that names no version, or one that a newer studio wrote
 */
export function migrate(value: unknown, migrations: Migrations, what: string): unknown {
  const current = migrations.length + 1;
  const version = (value as Stored | null)?.version;
  if (!Number.isInteger(version) || version! < 1) {
    throw new UserError(`${what} is damaged: it names no version.`);
  }
  if (version! > current) {
    throw new UserError(`${what} was saved by a newer version of the studio: reload the page to get that version.`);
  }
  let record = value as Stored;
  for (let v = record.version; v < current; v++) record = { ...migrations[v - 1](record), version: v + 1 };
  return record;
}
