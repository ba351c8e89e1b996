/** A writable folder for what may be lost; null where there is none. */
export function userCache(below?: string): string | null;
/** The user's home folder; null where there is none. */
export function homeFolder(): string | null;
