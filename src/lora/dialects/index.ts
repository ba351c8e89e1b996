/** @file The registry of dialects: a tensor's name belongs to the first that knows it. */
import { bfl } from './bfl';
import type { Dialect } from './dialect';
import { diffusers } from './diffusers';
import { diffusersDownUp } from './diffusers-down-up';
import { kohyaBfl } from './kohya-bfl';
import { kohyaDiffusers } from './kohya-diffusers';
import { peft } from './peft';
import { xlabs } from './xlabs';

export const DIALECTS: readonly Dialect[] = [diffusers, peft, diffusersDownUp, kohyaDiffusers, kohyaBfl, bfl, xlabs];
