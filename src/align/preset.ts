/**
 * @file The built-in preset of `npm run align` and of the page: mini-flux towards black icons, away from colour and shading.
 *
 * At a learning rate of 0.001 the same forty updates overshoot.
 */
import { parseRunFile } from '../formats/run-file';

export const PRESET = parseRunFile(
  {
    version: 1,
    bundle: 'mini-flux',
    method: 'srpo',
    seed: 7,
    steps: 40,
    batch: 2,
    prompts: ['cat face', 'red apple', 'hedgehog', 'violin', 'penguin', 'mushroom', 'rocket', 'teapot'],
    lora: { rank: 8, targets: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'attn.to_out.0'] },
    optimizer: { learningRate: 0.0007, weightDecay: 0.0001, clipNorm: 1 },
    rollout: { steps: 12, guidance: 3.5 },
    timesteps: { sigmaMin: 0.7, sigmaMax: 0.96, count: 1000, step: 100 },
    reward: {
      model: 'clip',
      positive: ['black and white icon', 'silhouette icon'],
      negative: ['glossy 3d render', 'cartoon', 'vintage sepia photo', 'neon sign'],
    },
    keepEvery: 5,
    samples: {
      every: 10,
      prompts: ['cat face', 'red apple', 'hedgehog', 'violin', 'owl', 'strawberry', 'castle', 'guitar'],
      seed: 99,
    },
  },
  'the built-in preset',
);
