/**
 * @file A graph that can be run again and again, whatever computes it.
 */

/** Write inputs by name, run, read outputs by name. */
export interface Executable {
  /** Whether it has that input or output: an input that nothing reads is dropped. */
  has(name: string): boolean;
  /** @throws on an unknown name or a wrong length */
  write(name: string, data: Float32Array): void;
  /** Resolves when the outputs can be read. @throws where an input was never written */
  runAndWait(): Promise<void>;
  /** @throws on an unknown name */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}
