/** @file The built-in preset, which the page shares (src/align/preset.ts). */
export { PRESET } from '../align/preset';
