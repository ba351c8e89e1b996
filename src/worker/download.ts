/**
 * @file One file over HTTP, whole and right: pieces are stored as they arrive, a broken or stalled transfer is resumed
 * where it ended, and the result is compared with its sha256.
 */
import { UserError } from '../errors';
import { sha256Hex } from '../models/bundle';
import { getParts, putBundleFile, putPart, removeParts } from '../storage/bundle-files';
import { QuotaError } from '../storage/database';

export interface RemoteFile {
  url: string;
  /** What to call it in a sentence. */
  path: string;
  bytes: number;
  sha256: string;
}

export interface DownloadOptions {
  /** Called with the bytes that are here, pieces of an earlier visit included. */
  onBytes?: (loaded: number) => void;
  /** Called once with a sentence where the file cannot be kept for the next visit. */
  onNotKept?: (sentence: string) => void;
  signal?: AbortSignal;
  /** Milliseconds before the second attempt; it doubles from one to the next. */
  pauseMs?: number;
}

/** Attempts in a row that bring nothing before it is given up. */
const ATTEMPTS = 5;
/** A transfer without a byte for this long counts as broken. */
const STALL_MS = 30_000;
const PIECE_BYTES = 4 * 2 ** 20;

/** A download that failed for now; trying again goes on where it ended. */
export class DownloadError extends UserError {}

/**
 * Fetches a file, resuming what is there of it, and stores it.
 * @throws DownloadError where the connection does not last, or the server has another file
 */
export async function downloadFile(file: RemoteFile, options: DownloadOptions = {}): Promise<Blob> {
  const { onBytes = () => {}, onNotKept, signal, pauseMs = 500 } = options;
  const { path, bytes, sha256 } = file;
  const pieces = new Pieces(sha256, await getParts(sha256), onNotKept);
  let failures = 0;
  let restarted = false;
  for (;;) {
    const before = pieces.bytes;
    onBytes(Math.min(before, bytes));
    try {
      if (before < bytes) await receive(file, pieces, onBytes, signal);
      if (await pieces.are(bytes, sha256)) return await pieces.finish();
      await pieces.clear();
      if (restarted) {
        throw new DownloadError(
          `${path} on the server is not the file that bundle.json names (its sha256 differs): reload the page and try again.`,
        );
      }
      restarted = true;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      failures = pieces.bytes > before ? 1 : failures + 1;
      if (failures >= ATTEMPTS) {
        throw new DownloadError(
          `The download of ${path} broke off at ${megabytes(pieces.bytes)} of ${megabytes(bytes)} MB (${reasonOf(error)}): check the connection and try again; what has arrived is kept.`,
        );
      }
      await pause(pauseMs * 2 ** (failures - 1), signal);
    }
  }
}

/** Appends what the server sends from the end of the pieces on. @throws where the transfer breaks off */
async function receive(
  { url, path, bytes }: RemoteFile,
  pieces: Pieces,
  onBytes: (loaded: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const from = pieces.bytes;
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(new Error('no data arrived')), STALL_MS);
  try {
    const response = await fetch(url, {
      headers: from > 0 ? { Range: `bytes=${from}-` } : {},
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    });
    if (response.status === 416) await pieces.clear();
    const answered = `${path} was answered with ${response.status}`;
    if (response.status === 403 || response.status === 404 || response.status === 410) {
      throw new DownloadError(`${answered}, expected the file: it is missing on the server.`);
    }
    if (!response.ok || !response.body) throw new Error(answered);
    // A server that knows no ranges begins at the beginning.
    let skip = response.status === 206 ? 0 : from;
    const begins = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? from);
    if (response.status === 206 && begins !== from) throw new Error(`${answered} from byte ${begins}`);
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(timer);
        timer = setTimeout(() => stall.abort(new Error('no data arrived')), STALL_MS);
        const chunk = value.subarray(Math.min(skip, value.length));
        skip -= value.length - chunk.length;
        await pieces.append(chunk);
        onBytes(Math.min(pieces.bytes, bytes));
        if (pieces.bytes > bytes) break;
      }
    } finally {
      void reader.cancel().catch(() => {});
    }
    if (pieces.bytes < bytes) throw new Error('the connection was closed');
  } finally {
    clearTimeout(timer);
    await pieces.flush();
  }
}

/** The beginning of a file, in memory and, while there is room, in storage. */
class Pieces {
  #stored: Blob[];
  #pending: Uint8Array<ArrayBuffer>[] = [];
  #pendingBytes = 0;
  #kept = true;

  constructor(
    private readonly sha256: string,
    stored: Blob[],
    private readonly onNotKept: (sentence: string) => void = () => {},
  ) {
    this.#stored = stored;
  }

  get bytes(): number {
    return this.#stored.reduce((sum, piece) => sum + piece.size, 0) + this.#pendingBytes;
  }

  async append(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    if (chunk.length === 0) return;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= PIECE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const piece = new Blob(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const index = this.#stored.push(piece) - 1;
    await this.#keep(() => putPart(this.sha256, index, piece));
  }

  async are(bytes: number, sha256: string): Promise<boolean> {
    if (this.bytes !== bytes) return false;
    return (await sha256Hex(new Uint8Array(await new Blob(this.#stored).arrayBuffer()))) === sha256;
  }

  async finish(): Promise<Blob> {
    const file = new Blob(this.#stored);
    await this.#keep(() => putBundleFile(this.sha256, file));
    return file;
  }

  async clear(): Promise<void> {
    this.#stored = [];
    this.#pending = [];
    this.#pendingBytes = 0;
    await removeParts(this.sha256);
  }

  /** Without room in storage the file still serves this visit. */
  async #keep(store: () => Promise<void>): Promise<void> {
    if (!this.#kept) return;
    try {
      await store();
    } catch (error) {
      if (!(error instanceof QuotaError)) throw error;
      this.#kept = false;
      this.onNotKept(
        'The browser has no room left to keep the base model: it will be downloaded again next time; delete runs or LoRAs in the Library to make room.',
      );
    }
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\.$/, '');
}
