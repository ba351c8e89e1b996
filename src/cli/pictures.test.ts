/**
 * @file `align` and `probe` from a folder of pictures: which files are taken, which are named and left, and that a
 * resumed run ends as an uninterrupted one.
 */
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeL2 } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { sentencesOf } from '../pictures/list-pictures';
import { fingerprintOf } from '../pictures/source';
import { LatentsFile } from './latents-file';
import { readPictureFolder } from './picture-folder';
import { probe } from './probe';
import {
  NANO,
  ownCache,
  put,
  putTensor,
  resultsOf,
  runProgram,
  runVerb,
  SMALL_RUN,
  temporaryFolder,
} from './testing/harness';

const cache = ownCache();
process.env.XDG_CACHE_HOME = cache;
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (...names: string[]) => join(temporary, ...names);

const plain = (colour: string, size = 60) =>
  sharp({ create: { width: size, height: size, channels: 3, background: colour } });
const png = (colour: string) => plain(colour).png().toBuffer();

beforeAll(async () => {
  put(at('photos/red_apple-1.png'), await png('#f00'));
  put(at('photos/b.jpg'), await plain('#0f0').jpeg().toBuffer());
  put(at('photos/b.txt'), 'a green thing\n');
  put(at('photos/c.webp'), await plain('#00f').webp().toBuffer());
  // A name that lies about the kind, and one without an extension.
  put(at('photos/d.png'), await plain('#ff0').jpeg().toBuffer());
  put(at('photos/e'), await png('#0ff'));
  put(
    at('photos/metadata.jsonl'),
    '{"file_name":"c.webp","text":"a blue thing"}\n{"file_name":"b.jpg","text":"not this"}\n',
  );
  put(at('photos/.DS_Store'), 'x');
  // What is left.
  put(at('photos/cut.jpg'), (await plain('#fff', 900).jpeg().toBuffer()).subarray(0, 700));
  put(at('photos/text.png'), 'no picture');
  put(at('photos/empty.png'), '');
  put(at('photos/moving.gif'), await plain('#fff').gif().toBuffer());
  put(at('photos/drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  put(at('photos/notes.txt'), 'of no picture');
  put(at('photos/utf16.png'), await png('#123'));
  put(at('photos/utf16.txt'), Buffer.from('\ufeffcat', 'utf16le'));
  mkdirSync(at('photos/more'));
});

const TAKEN = [
  ['b.jpg', 'a green thing'],
  ['c.webp', 'a blue thing'],
  ['d.png', 'd'],
  ['e', 'e'],
  ['red_apple-1.png', 'red apple 1'],
];

describe('a folder of pictures', () => {
  it('takes every picture whatever its name, and names every other file with the reason', async () => {
    const { files, skipped } = await readPictureFolder(at('photos'));
    const names = files.map(({ name, caption }) => [name, caption]);
    expect(names).toEqual([...TAKEN.slice(0, 1), TAKEN[1], ['cut.jpg', 'cut'], ...TAKEN.slice(2)]);
    expect(Object.fromEntries(skipped.map(({ name, why }) => [name, why]))).toEqual({
      'drawing.svg': 'it is SVG, expected PNG, JPEG or WebP',
      'empty.png': 'it is empty',
      more: 'it is a folder, and only what lies in the folder itself is read',
      'moving.gif': 'it is GIF, expected PNG, JPEG or WebP',
      'notes.txt': 'it is no picture, expected PNG, JPEG or WebP',
      'text.png': 'it is no picture, expected PNG, JPEG or WebP',
      'utf16.png': expect.stringMatching(/^its caption cannot be used: .*utf16.txt is UTF-16, expected UTF-8$/),
    });
    const sentences = sentencesOf(skipped);
    expect(sentences).toHaveLength(6);
    expect(sentences[0]).toBe('drawing.svg is skipped: it is SVG, expected PNG, JPEG or WebP.');
    expect(sentences[5]).toBe('2 more files are skipped: text.png, utf16.png.');
  });

  it('is named from where the program runs, from the run file’s folder, or by the name of one that ships', async () => {
    const count = async (images: string, runFile?: string) => (await readPictureFolder(images, runFile)).files.length;
    expect(await count(at('photos'))).toBe(6);
    expect(await count('photos', at('run.json'))).toBe(6);
    expect(await count('3d-render')).toBe(100);
    await expect(count('photos')).rejects.toThrow('"photos" ("images" in the run file) does not exist: name it from');
  });
});

/** Trains SRPO on nano from the folder. */
const runFile = (images = 'photos', name = 'run.json', more: object = {}) =>
  put(at(name), { ...SMALL_RUN, steps: 3, images, ...more });
const align = (...args: string[]) => runProgram(['align', ...args], { XDG_CACHE_HOME: cache });

const metricsOf = (folder: string) =>
  readFileSync(at(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

describe('align from pictures', () => {
  it('says what it leaves, and trains from the rest', async () => {
    const whole = await align('--run', runFile(), '--out', at('whole'));
    expect(whole).toMatchObject({ code: 0, stdout: `${at('whole')}\n` });
    const lines = whole.stderr.trim().split('\n');
    expect(lines[0]).toBe('cut.jpg is skipped: it is damaged.');
    expect(lines[5]).toMatch(/^3 more files are skipped: /);
    expect(lines[6]).toMatch(/^5 pictures of "photos" encoded in [\d.]+ s; 8 files are skipped\.$/);
    expect(lines).toHaveLength(7);

    const latents = await LatentsFile.open(at('whole/pictures.safetensors'), [9, 64]);
    expect(latents.pictures.map(({ name, caption }) => [name, caption])).toEqual(TAKEN);
    expect(latents.skipped.map(({ name }) => name)).toEqual(['cut.jpg']);
    expect(latents.fingerprint).toBe(await fingerprintOf(latents.pictures));
    const [second, first] = [await latents.latents([1]), await latents.latents([0])];
    expect(await latents.latents([1, 0])).toEqual(Float32Array.from([...second, ...first]));
    expect(first).not.toEqual(second);
    for (const { plan } of metricsOf('whole')) {
      expect(plan.pictures).toHaveLength(1);
      for (const i of plan.pictures) expect(i).toBeLessThan(5);
    }
  });

  it('a resumed run ends with the same bytes', async () => {
    const run = runFile();
    const stopped = await align('--run', run, '--out', at('stopped'), '--steps', '1');
    expect(stopped.code).toBe(0);
    const resumed = await align('--run', run, '--out', at('stopped'), '--resume', '--steps', '3');
    expect(resumed).toEqual({ code: 0, stdout: `${at('stopped')}\n`, stderr: '' });
    expect(metricsOf('stopped')).toEqual(metricsOf('whole'));
    const [once, twice] = [resultsOf(at('whole')), resultsOf(at('stopped'))];
    delete twice['samples/step-000001.png'];
    expect(twice).toEqual(once);
  });

  it('a picture, a caption or a file that has changed, gone or come since ends a resume in one sentence', async () => {
    const resume = async () => {
      const { code, stderr } = await align('--run', at('run.json'), '--out', at('whole'), '--resume', '--steps', '4');
      expect(code).toBe(1);
      expect(stderr).toBe(
        'The pictures "photos" are not those that the run was begun with: put files and captions back as they were, or begin the run anew.\n',
      );
    };
    put(at('photos/b.txt'), 'a green thing indeed');
    await resume();
    put(at('photos/b.txt'), 'a green thing');
    const before = readFileSync(at('photos/c.webp'));
    put(at('photos/c.webp'), await plain('#01f').webp().toBuffer());
    await resume();
    put(at('photos/c.webp'), before);
    put(at('photos/f.png'), await png('#fff'));
    await resume();
    rmSync(at('photos/f.png'));
    renameSync(at('photos/e'), at('e'));
    await resume();
    renameSync(at('e'), at('photos/e'));
    const { code } = await align('--run', at('run.json'), '--out', at('whole'), '--resume', '--steps', '4');
    expect(code).toBe(0);
  });

  it('a folder of which nothing can be decoded is an error, and leaves no half of a run', async () => {
    put(at('broken/a.jpg'), (await plain('#fff', 900).jpeg().toBuffer()).subarray(0, 700));
    put(at('broken/b.txt'), 'b');
    const { code, stderr } = await align('--run', runFile('broken', 'broken.json'), '--out', at('none'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The folder of pictures "broken" holds no PNG, JPEG or WebP that can be read: a.jpg is skipped, it is damaged,? and so are 1 more\.\n$/,
    );
    expect(resultsOf(at('none'))).toEqual({});
  });
});

describe('probe of a run that trains from pictures', () => {
  const tensorOf = (path: string, name: string) => {
    const { bytes, dtype } = parseSafetensors(new Uint8Array(readFileSync(path)), path).tensors.get(name)!;
    return toFloat32(bytes, dtype);
  };
  const probed = async (out: string, plan: object) => {
    const args = ['--run', runFile(), '--bundle', NANO, '--noise', putTensor(at('noise'), 'noise', [2, 9, 64])];
    return runVerb(probe, [...args, '--plan', put(at('plan.json'), plan), '--out', at(out)]);
  };

  it('takes the pictures that the plan names, else the first', async () => {
    const latents = await LatentsFile.open(at('whole/pictures.safetensors'), [9, 64]);
    expect(await probed('named', { sigmaIndex: 500, pictures: [4, 2] })).toMatchObject({ code: 0 });
    expect(relativeL2(tensorOf(at('named'), 'x0'), await latents.latents([4, 2]))).toBeLessThan(1e-5);
    expect(await probed('first', { sigmaIndex: 500 })).toMatchObject({ code: 0 });
    expect(relativeL2(tensorOf(at('first'), 'x0'), await latents.latents([0, 1]))).toBeLessThan(1e-5);
    expect(tensorOf(at('first'), 'loss.denoise')).not.toEqual(tensorOf(at('named'), 'loss.denoise'));
  });

  it('refuses a plan of other pictures than there are', async () => {
    const refused = async (plan: object) => (await probed('refused', plan)).error;
    expect(await refused({ sigmaIndex: 500, pictures: [0] })).toMatch(/names 1 pictures, the noise file is for 2/);
    expect(await refused({ sigmaIndex: 500, pictures: [0, 5] })).toMatch(/holds 5 that can be read, .* number 5/);
    expect(await refused({ sigmaIndex: 500, pictures: 'all' })).toMatch(/"pictures" is "all", expected a list/);
  });
});
