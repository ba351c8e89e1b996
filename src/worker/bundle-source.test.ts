import 'fake-indexeddb/auto';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { getBundleFile, getParts, putBundleFile } from '../storage/bundle-files';
import { remove } from '../storage/database';
import { fillDisk } from '../storage/testing';
import { openBundleSource } from './bundle-source';
import { DownloadError } from './download';

const weights = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const big = Uint8Array.from({ length: 1_500_000 }, (_, i) => (i * 104729) >> 5);
/** Far faster than toEqual on a million numbers. */
const expectBytes = (actual: Uint8Array, expected: Uint8Array) => expect(Buffer.compare(actual, expected)).toBe(0);
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let server: Server;
let base: string;
/** Answers instead of the plain server while set. */
let handle: ((request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void) | null = null;
let requests: string[] = [];
let files: Record<string, Uint8Array>;

function reset() {
  files = { 'a/weights.bin': weights, 'big.bin': big };
  const listed = Object.entries(files).map(([path, bytes]) => [path, { bytes: bytes.length, sha256: sha(bytes) }]);
  files['bundle.json'] = new TextEncoder().encode(JSON.stringify({ name: 'test', files: Object.fromEntries(listed) }));
  requests = [];
  handle = null;
}

/** A static server that knows ranges. */
function serve(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (!range) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  const begin = Number(range[1]);
  const end = range[2] ? Number(range[2]) + 1 : bytes.length;
  if (begin >= bytes.length) return void response.writeHead(416).end();
  response
    .writeHead(206, { 'content-range': `bytes ${begin}-${end - 1}/${bytes.length}`, 'content-length': end - begin })
    .end(bytes.subarray(begin, end));
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice('/bundle/'.length));
    requests.push(`${path}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const bytes = files[path];
    if (!bytes) return void response.writeHead(404).end();
    if (handle && path !== 'bundle.json') handle(request, response, bytes);
    else serve(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bundle/`;
  reset();
});

afterEach(async () => {
  vi.useRealTimers();
  reset();
  for (const kind of ['file', 'part', 'manifest'] as const) await remove(kind);
});

afterAll(() => server.close());

const open = () => openBundleSource({ kind: 'url', base });
const quick = { pauseMs: 1 };

test('describing fetches bundle.json and the ranges that are read, nothing large', async () => {
  const source = await open();
  expect([source.totalBytes, await source.keptBytes()]).toEqual([1_800_000, 0]);
  expect(await source.size('big.bin')).toBe(1_500_000);
  expect(await source.size('nothing')).toBeUndefined();
  expectBytes(await source.read('big.bin', 1000, 1010), big.slice(1000, 1010));
  expect(requests).toEqual(['bundle.json', 'big.bin bytes=1000-1009']);
  await expect(source.read('nothing')).rejects.toThrow('bundle: file nothing is missing.');
  await expect(source.read('big.bin', 0, 2e6)).rejects.toThrow('has 1500000 bytes, expected at least 2000000');
});

test('a server without ranges is stopped once the bytes have come', async () => {
  handle = (_, response, bytes) => void response.writeHead(200).end(bytes);
  expectBytes(await (await open()).read('big.bin', 5, 15), big.slice(5, 15));
});

test('everything is downloaded with progress, and the second visit needs no network', async () => {
  const source = await open();
  const seen: number[] = [];
  await source.download({ ...quick, onProgress: (_, loaded) => seen.push(loaded) });
  expect(seen.at(-1)).toBe(1_800_000);
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  requests = [];
  files = {};
  const again = await open();
  await again.download(quick);
  expect(await again.keptBytes()).toBe(1_800_000);
  expect(requests).toEqual(['bundle.json']);
  expectBytes(await again.read('a/weights.bin'), weights);
  expectBytes(await again.read('big.bin', 10, 20), big.slice(10, 20));
});

test('the judge comes with the rest: what is asked of it later needs no network', async () => {
  const { files: listed } = JSON.parse(new TextDecoder().decode(files['bundle.json']));
  const judge = Uint8Array.from({ length: 1_200_000 }, (_, i) => (i * 31) >> 2);
  listed['judge/judge.onnx'] = { bytes: judge.length, sha256: sha(judge) };
  files['judge/judge.onnx'] = judge;
  files['bundle.json'] = new TextEncoder().encode(JSON.stringify({ name: 'test', files: listed, judge: 'judge/' }));
  const source = await open();
  expect(source.totalBytes).toBe(3_000_000);
  await source.download(quick);
  expect(await source.keptBytes()).toBe(3_000_000);
  requests.length = 0;
  expectBytes(await source.read('judge/judge.onnx'), judge);
  expect(requests).toEqual([]);
});

test('a transfer that breaks off is resumed where it ended', async () => {
  let breaks = 3;
  handle = (request, response, bytes) => {
    if (breaks-- <= 0) return serve(request, response, bytes);
    const begin = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    response.writeHead(begin ? 206 : 200, {
      'content-length': bytes.length - begin,
      ...(begin ? { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.write(bytes.subarray(begin, begin + 100_000), () => response.destroy());
  };
  const source = await open();
  await source.download(quick);
  expectBytes(await source.read('big.bin'), big);
  expectBytes(await source.read('a/weights.bin'), weights);
  expect(requests.filter((r) => r.startsWith('a/'))).toEqual([
    'a/weights.bin',
    'a/weights.bin bytes=100000-',
    'a/weights.bin bytes=200000-',
  ]);
});

test('a connection that never lasts ends in a sentence, and the next try goes on from there', async () => {
  handle = (request, response, bytes) => {
    if (request.headers.range) return void response.destroy();
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 120_000), () => response.destroy());
  };
  const error = await (await open()).download(quick).catch((e) => e);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).toMatch(
    /^The download of a\/weights.bin broke off at 0.1 of 0.3 MB .* what has arrived is kept/,
  );
  handle = null;
  requests = [];
  const source = await open();
  expect(await source.keptBytes()).toBe(120_000);
  await source.download(quick);
  expect(requests[1]).toBe('a/weights.bin bytes=120000-');
  expectBytes(await source.read('a/weights.bin'), weights);
  expect(await getParts(sha(weights))).toEqual([]);
});

test('a body that ends early without an error is resumed, also from a server without ranges', async () => {
  let short = true;
  handle = (_, response, bytes) => {
    response.writeHead(200);
    response.end(short ? bytes.subarray(0, 50_000) : bytes);
    short = false;
  };
  const source = await open();
  await source.download(quick);
  expectBytes(await source.read('a/weights.bin'), weights);
});

test('a stalled transfer is broken off and resumed', async () => {
  let stalls = 1;
  handle = (request, response, bytes) => {
    if (stalls-- <= 0) return serve(request, response, bytes);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 10_000));
  };
  const source = await open();
  // The half minute without a byte passes once those that were sent have arrived.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const onProgress = (_: string, loaded: number) => {
    if (loaded !== 10_000 || !vi.isFakeTimers()) return;
    vi.advanceTimersByTime(29_999);
    expect(requests).toHaveLength(2);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
  };
  await source.download({ ...quick, onProgress });
  expect(requests[2]).toBe('a/weights.bin bytes=10000-');
  expectBytes(await source.read('a/weights.bin'), weights);
});

test('a file that is not the listed one is fetched once more, then named', async () => {
  const wrong = weights.slice();
  wrong[7] ^= 1;
  let wrongs = 1;
  handle = (request, response, bytes) => serve(request, response, wrongs-- > 0 ? wrong : bytes);
  await (await open()).download(quick);
  await remove('file');
  wrongs = 99;
  handle = (request, response, bytes) => serve(request, response, bytes.length === wrong.length ? wrong : bytes);
  await expect((await open()).download(quick)).rejects.toThrow('a/weights.bin on the server is not the file');
});

test('a damaged kept file is fetched again', async () => {
  await (await open()).download(quick);
  await putBundleFile(sha(big), new Blob([big.slice(0, 5)]));
  requests = [];
  const source = await open();
  await source.download(quick);
  expect(requests).toEqual(['bundle.json', 'big.bin']);
  expect((await getBundleFile(sha(big)))!.size).toBe(big.length);
});

test('a file that cannot be kept still serves this visit', async () => {
  const empty = fillDisk('part');
  const sentences: string[] = [];
  const source = await open();
  await source.download({ ...quick, onNotKept: (s) => sentences.push(s) });
  empty();
  expect(sentences[0]).toMatch(/no room left to keep the base model/);
  expectBytes(await source.read('big.bin'), big);
});

test('a missing file, a missing bundle and one without a list of files are named', async () => {
  delete files['big.bin'];
  await expect((await open()).download(quick)).rejects.toThrow('big.bin was answered with 404');
  files['bundle.json'] = new TextEncoder().encode('{"name":"x"}');
  await expect(open()).rejects.toThrow('bundle: bundle.json: "files" is missing');
  files['bundle.json'] = new TextEncoder().encode('<html>');
  await expect(open()).rejects.toThrow('bundle.json is not valid JSON');
  await remove('manifest');
  delete files['bundle.json'];
  await expect(open()).rejects.toThrow('bundle.json of bundle was answered with 404');
});

test('a download can be cancelled', async () => {
  handle = (_, response, bytes) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 10_000));
  };
  const cancel = new AbortController();
  const download = (await open()).download({ ...quick, signal: cancel.signal, onProgress: () => cancel.abort() });
  await expect(download).rejects.toThrow(/abort/i);
});

test('dropped files are read where they are', async () => {
  const source = await openBundleSource({
    kind: 'files',
    name: 'mine',
    files: [{ path: 'a/b.txt', file: new File(['hello'], 'b.txt') }],
  });
  expect(new TextDecoder().decode(await source.read('a/b.txt', 1, 4))).toBe('ell');
  expect([source.totalBytes, await source.keptBytes()]).toEqual([5, 5]);
});
