import { expect, it, test } from 'vitest';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { type FileSource, memorySource } from '../formats/file-source';
import { writeSafetensors } from '../formats/safetensors';
import { openBundle } from '../models/bundle';
import { openReward } from '.';

const nano = dirSource('public/bundles/nano');

type Files = Record<string, unknown>;

/** nano with some of its files replaced; undefined removes one. */
function changed(files: Files): FileSource {
  const entries = Object.entries(files).filter(([, content]) => content !== undefined);
  const text = (content: unknown) => (content instanceof Uint8Array ? content : JSON.stringify(content));
  const over = memorySource('nano', Object.fromEntries(entries.map(([path, content]) => [path, text(content)])));
  const of = (path: string) => (path in files ? over : nano);
  return {
    describe: 'nano',
    size: (path) => of(path).size(path),
    list: (folder) => nano.list(folder),
    read: (path, begin, end) => of(path).read(path, begin, end),
  };
}

test('a reward is opened as the kind that its config is of', async () => {
  const bundle = await openBundle(nano);
  const opened = await Promise.all(bundle.rewards.map((name) => openReward(bundle, name)));
  expect(opened.map(({ name, label, tower }) => [name, label, tower.name])).toEqual([
    ['clip', 'text and picture', 'clip'],
    ['preference', 'text and picture', 'preference'],
    ['aesthetic', 'picture alone', 'clip'],
  ]);
});

it.each<[string, Files, string]>([
  ['a missing file', { 'rewards/clip/model.safetensors': undefined }, 'file rewards/clip/model.safetensors is missing'],
  [
    'heads that do not divide',
    { 'rewards/clip/config.json': { hidden_size: 25, num_attention_heads: 2 } },
    '"hidden_size" is 25',
  ],
  [
    'a text projection of another size',
    {
      'rewards/clip/text_projection.safetensors': writeSafetensors([
        { name: 'text_projection.weight', shape: [2, 3], data: new Float32Array(6) },
      ]),
    },
    'tensor text_projection.weight has shape [2, 3], expected [16, ',
  ],
  [
    'a head on nothing',
    { 'rewards/clip/config.json': { backbone: 'x' } },
    'nano: rewards/clip/config.json: "backbone" is "x", expected one of clip',
  ],
  ['a head on itself', { 'rewards/clip/config.json': { backbone: 'clip' } }, 'expected a CLIP image tower'],
  [
    'a head on a head',
    { 'rewards/clip/config.json': { backbone: 'aesthetic' } },
    '"backbone" is "aesthetic", expected a CLIP image tower',
  ],
  [
    'an empty range',
    { 'rewards/clip/config.json': { backbone: 'clip', range: [5, 5] } },
    '"range" is [5,5], expected a pair of numbers, [lowest, highest score], the second above the first',
  ],
  ['a list', { 'rewards/clip/config.json': [] }, 'holds [], expected an object'],
])('refuses a reward with %s', async (_, files, sentence) => {
  const bundle = await openBundle(changed(files));
  const opened = openReward(bundle, 'clip');
  await expect(opened).rejects.toThrow(UserError);
  await expect(opened).rejects.toThrow(sentence);
});
