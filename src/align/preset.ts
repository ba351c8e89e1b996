/**
 * @file The built-in preset of `npm run align` and of the page: mini-flux towards glossy 3D.
 *
 * High noise levels decide the style. Learning rate and updates are the best of the comparison's cell `srpo.clip.3d`
 * (docs/RESULTS.md): two updates more, and a third of the things is lost. What else was tried is in docs/PRESETS.md.
 */
import { parseRunFile } from '../methods/run-file';

/** Eighty of the base's words, mixed; a run begins at the first. */
const PROMPTS = list(`
  crystal ball, fire engine, octopus, alarm clock, cookie, sunflower, tiger face, locomotive,
  teddy bear, cow face, rainbow, snail, tent, candle, lollipop, teapot, pear, cloud, mouse face,
  automobile, key, umbrella, star, rose, grinning face, top hat, flamingo, skull, honeybee, panda,
  sailboat, unicorn, snowman, beer mug, pig face, crown, cactus, camera, ghost, hot dog, bomb,
  lady beetle, banana, robot, snowflake, avocado, tropical fish, hamburger, cherry blossom, pizza, bus,
  light bulb, evergreen tree, broccoli, crab, mushroom, koala, spouting whale, balloon, deciduous tree,
  flying saucer, butterfly, basketball, cherries, helicopter, red heart, pineapple, house, magnet,
  palm tree, crescent moon, ice cream, drum, watermelon, doughnut, airplane, giraffe, gem stone,
  dog face, birthday cake,
`);

/** Words of the base that the run does not train on. */
const HELD_OUT = list(`
  cat face, red apple, hedgehog, violin, owl, strawberry, castle, guitar, fox, penguin, turtle,
  jack-o-lantern, lemon, croissant, rocket, bell,
`);

/** Every linear that a block has beside its modulation. */
const TARGETS = list(`
  attn.to_q, attn.to_k, attn.to_v, attn.to_out.0,
  attn.add_q_proj, attn.add_k_proj, attn.add_v_proj, attn.to_add_out,
  ff.net.0.proj, ff.net.2, ff_context.net.0.proj, ff_context.net.2, proj_mlp, proj_out,
`);

export const PRESET = parseRunFile(
  {
    version: 1,
    bundle: 'mini-flux',
    method: 'srpo',
    seed: 7,
    steps: 12,
    batch: 4,
    prompts: PROMPTS,
    lora: { rank: 8, targets: TARGETS },
    optimizer: { learningRate: 0.0014, weightDecay: 0.0001, clipNorm: 1 },
    rollout: { steps: 10, guidance: 3.5 },
    timesteps: { sigmaMin: 0.85, sigmaMax: 0.985, count: 1000, step: 190 },
    reward: {
      model: 'clip',
      positive: ['3d render', 'glossy 3d render'],
      negative: ['vintage sepia photo', 'black and white icon', 'old sepia photo', 'neon sign'],
    },
    keepEvery: 2,
    stop: 'hacked',
    samples: { every: 4, prompts: HELD_OUT, seed: 99 },
  },
  'the built-in preset',
);

function list(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
