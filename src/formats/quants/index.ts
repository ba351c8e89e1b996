/**
 * @file The storage types of blocks, and fp8: how each is split into planes for a shader. A type is a file here, a line of
 * this list and `shaders/common/weights_TYPE.wgsl`.
 */
import { f8_e4m3 } from './f8-e4m3';
import { q4_0 } from './q4-0';
import { q4_1 } from './q4-1';
import { q4_k } from './q4-k';
import { q5_0 } from './q5-0';
import { q5_1 } from './q5-1';
import { q5_k } from './q5-k';
import { q6_k } from './q6-k';
import { q8_0 } from './q8-0';

export const QUANTS = { q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, f8_e4m3 };

export type Quant = keyof typeof QUANTS;
