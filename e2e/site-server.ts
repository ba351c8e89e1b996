/** @file Serves the built page below a sub-path, as a static host would, and breaks transfers off where a test asks for it. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

export class SiteServer {
  /** The first byte of every request for a file whose transfer was to be broken off. */
  readonly startsOfBroken: number[] = [];
  #broken: { file: RegExp; after: number } | null = null;
  #server = createServer((request, response) => this.#answer(request, response));

  private constructor(private readonly prefix: string) {}

  static async below(prefix: string): Promise<SiteServer> {
    const site = new SiteServer(prefix);
    await new Promise<void>((resolve) => site.#server.listen(0, 'localhost', resolve));
    return site;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}${this.prefix}`;
  }

  /** Transfers of files of this name end at byte `after` from now on; a request that starts there loses its connection. */
  breakOff(file: RegExp, after: number): void {
    this.#broken = { file, after };
  }

  heal(): void {
    this.#broken = null;
  }

  /** Nothing answers any more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.startsWith(this.prefix) ? pathname.slice(this.prefix.length) || 'index.html' : null;
    const file = path === null ? null : join('dist', normalize(`/${decodeURIComponent(path)}`));
    const size = file ? statSync(file, { throwIfNoEntry: false })?.size : undefined;
    if (!file || size === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const to = Math.min(Number(/^bytes=\d+-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? size - 1), size - 1);
    const headers = {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      // As many hosts answer: a cache must not take a file for another one because of it.
      vary: 'Origin',
      ...(request.headers.range ? { 'content-range': `bytes ${from}-${to}/${size}` } : {}),
    };
    const status = request.headers.range ? 206 : 200;
    const broken = this.#broken?.file.test(file) && to === size - 1 ? this.#broken : null;
    if (!broken) {
      response.writeHead(status, { ...headers, 'content-length': to - from + 1 });
      createReadStream(file, { start: from, end: to }).pipe(response);
      return;
    }
    this.startsOfBroken.push(from);
    // Ends early in good order, since a browser may drop what came right before a connection breaks.
    if (from < broken.after) response.writeHead(status, headers).end(readFileSync(file).subarray(from, broken.after));
    else response.destroy();
  }
}
