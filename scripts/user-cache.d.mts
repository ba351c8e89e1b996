/** A writable folder for what may be lost; null where there is none. */
export function userCache(below?: string): string | null;
/** The user's home folder; null where there is none. */
export function homeFolder(): string | null;
/** Makes a folder and the ones above it; throws what the file system refuses. */
export function makeFolder(folder: string, mode?: number): void;
