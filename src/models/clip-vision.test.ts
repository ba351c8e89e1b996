import { expect, it } from 'vitest';
import { UserError } from '../errors';
import { memorySource } from '../formats/file-source';
import { openTensors, writeSafetensors } from '../formats/safetensors';
import { input } from '../graph/graph';
import { aestheticScore } from './clip-vision';
import { parseClipVisionConfig } from './configs';
import { WeightScope } from './weights';

it.each([
  ['missing', [], 'head: tensor 0.weight is missing, expected one of shape [1, 4].'],
  ['empty', [{ name: '0.weight', shape: [0, 4], data: new Float32Array(0) }], 'tensor 0.weight has shape [0,4]'],
])('an aesthetic head whose first weight is %s is named', async (_, tensors, sentence) => {
  const source = memorySource('a', { 'head.safetensors': writeSafetensors(tensors) });
  const weights = new WeightScope('rewards/aesthetic', await openTensors(source, 'head'));
  const trace = () => aestheticScore(weights, input('features', [1, 4]));
  expect(trace).toThrow(UserError);
  expect(trace).toThrow(sentence);
});

it("takes transformers' defaults for what a config leaves out", () => {
  const config = parseClipVisionConfig({ hidden_size: 24, num_attention_heads: 2 }, 'config.json');
  expect(config).toMatchObject({ hidden_size: 24, hidden_act: 'quick_gelu', projection_dim: 512, patch_size: 32 });
});
