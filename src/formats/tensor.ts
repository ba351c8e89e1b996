/** @file A tensor of a file: what its header says, and its bytes. */
import type { Dtype } from './dtypes';

export interface TensorInfo {
  name: string;
  dtype: Dtype;
  shape: number[];
  /** Absolute byte offsets [begin, end) in the file. */
  begin: number;
  end: number;
}

export interface TensorBytes {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array<ArrayBuffer>;
}
