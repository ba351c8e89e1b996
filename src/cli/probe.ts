/**
 * @file `studio probe`: one alignment step without an update, every tensor of it in a file.
 */
import { dirname, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Model } from '../align/model';
import { allFinite } from '../align/not-finite';
import { probedPrompts, probe as probeStep } from '../align/probe';
import { prepareRun } from '../align/trainer';
import { UserError } from '../errors';
import { isRecord, parseJson } from '../formats/json';
import type { RunFile } from '../formats/run-file';
import { writeSafetensors } from '../formats/safetensors';
import { integer, parseWith } from '../formats/schema';
import { factorsFromFile } from '../lora/layout';
import { methodOf } from '../methods';
import type { ExtraNoise, Method } from '../methods/method';
import { samplerSigmas } from '../methods/sigmas';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { shownPath } from './file-errors';
import {
  DEFAULT_BUNDLE,
  openCheckedModel,
  readInput,
  readLatents,
  readLoraFile,
  readNoise,
  readRunFile,
  warnOfForeignLora,
} from './inputs';
import { readPictureFolder } from './picture-folder';
import { openFolder, refuseExistingFile, refuseInside, writeAtomic } from './results';
import { decodeSome, encodeSome, type SomePictures } from './run-pictures';
import { print } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, REWARD_FLAG, type Verb } from './verb';

const flags = {
  run: { kind: 'text', value: 'FILE', help: 'run file' },
  noise: {
    kind: 'text',
    value: 'FILE',
    help: 'tensor "noise" [n, image tokens, in_channels]; the first prompts are used',
  },
  plan: { kind: 'text', value: 'FILE', help: "JSON of the step's random choices, as in metrics.jsonl" },
  'sigma-index': {
    kind: 'integer',
    value: 'M',
    help: 'short for the plan {"sigmaIndex": M}',
    min: 0,
    max: 999_999,
  },
  out: { kind: 'text', value: 'FILE', help: 'safetensors file to write' },
  lora: { kind: 'text', value: 'FILE', help: 'LoRA to start from (default: a fresh one)' },
  old: { kind: 'text', value: 'FILE', help: 'LoRA that draws, for a method with two (default: as --lora)' },
  x0: { kind: 'text', value: 'FILE', help: 'tensor "x0" instead of a rollout' },
  ...REWARD_FLAG,
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

/** @throws UserError where writing `out` would replace a file that is read */
function refuseInput(out: string, input: string | undefined, name: string): void {
  if (input !== undefined && resolve(out) === resolve(input)) {
    throw new UserError(`--out and --${name} name the same file, ${shownPath(out)}: choose another one to write.`);
  }
}

export const probe: Verb = {
  name: 'probe',
  does: 'compute one alignment step without an update, with every gradient',
  usage: '--run FILE --noise FILE [--sigma-index M | --plan FILE] --out FILE [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    for (const name of ['run', 'noise', 'out'] as const) {
      if (f[name] === undefined) throw new UserError(`probe needs --${name} ${flags[name].value}.`);
    }
    const run = readRunFile(f.run!);
    const method = methodOf(run.method);
    const { plan, pictures: named } = readPlan(method, f.plan, f['sigma-index']);
    if (f.old !== undefined && !method.oldLora) {
      throw new UserError(`--old has no use with method "${method.id}": it has one LoRA, --lora.`);
    }
    if (f.x0 !== undefined && !method.takesPictures) {
      throw new UserError(`--x0 has no use with method "${method.id}": it trains on the path of its own rollout.`);
    }
    refuseExistingFile(f.out!, !!f.force);
    const warmStart = f.lora === undefined ? null : readLoraFile(f.lora);
    const oldFile = f.old === undefined ? null : readLoraFile(f.old);
    refuseInside(f.out!, f.bundle ?? DEFAULT_BUNDLE);
    for (const name of ['run', 'noise', 'lora', 'old', 'x0'] as const) refuseInput(f.out!, f[name], name);
    const model = await openCheckedModel(f.bundle, f);
    const sigmas = samplerSigmas(run.rollout.steps, model.bundle.shift(run.rollout.steps));
    const context = { run, options: run.options, update: 0, sigmas };
    method.checkPlan(context, plan);
    const { layout, rewards, initial } = await prepareRun(model, run, warmStart);
    const noise = readLatents(f.noise!, 'noise', model);
    const some = f.x0 === undefined ? await namedPictures(run, f.run!, named, noise.n, model) : null;
    probedPrompts(run, noise.n, shownPath(f.noise!), some?.captions);
    const extra: Partial<Record<ExtraNoise, Float32Array>> = {};
    for (const [kind, copies] of Object.entries(method.extraNoise?.(context, plan) ?? {}) as [ExtraNoise, number][]) {
      if (copies > 0) extra[kind] = readNoise(f.noise!, kind, copies, noise.n, model);
    }
    const x0 = f.x0 === undefined ? null : readLatents(f.x0, 'x0', model);
    if (x0 && x0.n !== noise.n)
      throw new UserError(
        `${shownPath(f.x0!)} holds ${x0.n} pictures, expected ${noise.n} as in ${shownPath(f.noise!)}.`,
      );

    const old = oldFile ? factorsFromFile(layout, oldFile.file, oldFile.name) : undefined;
    await warnOfForeignLora(warmStart, model.bundle);
    await warnOfForeignLora(oldFile, model.bundle);
    const pipeline = await openPipeline(model, f.adapter);
    openFolder(dirname(f.out!));
    const parameters = pipeline.gpu.buffer(initial.byteLength, 'LoRA');
    pipeline.gpu.write(parameters, initial);
    const lora = { layout, parameters };
    const latents = some ? await encodeSome(pipeline, some) : x0?.data;
    const of = { run, rewards, lora, noise: noise.data, plan, x0: latents, captions: some?.captions, extra, old };
    const tensors = await probeStep(pipeline, of);
    const wrong = tensors.find(({ data }) => !allFinite(data));
    if (wrong) {
      throw new UserError(
        `The tensor "${wrong.name}" is not finite, nothing was written: the LoRA is too strong, or weights of base or reward are damaged; try a weaker LoRA or another base.`,
      );
    }
    writeAtomic(f.out!, writeSafetensors(tensors));
    print(`${f.out}\n`);
    return 0;
  },
};

/** What the step draws: the method's plan and, of a run that trains from pictures, which of them. */
interface ProbedPlan {
  plan: unknown;
  pictures: number[] | null;
}

const pictureIndices = z.object({
  pictures: z.optional(z.array(integer(0, 1e9), { error: 'a list of indices' }).check(z.minLength(1))),
});

/**
 * The plan of the step that is probed: nothing is drawn. A method that leaves nothing to chance needs none.
 * @throws UserError where none is given, or one of another method
 */
function readPlan(method: Method, file: string | undefined, sigmaIndex: number | undefined): ProbedPlan {
  if (file !== undefined && sigmaIndex !== undefined) {
    throw new UserError('--plan and --sigma-index exclude each other: both say what the step draws.');
  }
  if (file !== undefined) {
    const value = parseJson(readInput(file, 'Plan file'), file);
    if (!method.takesPictures || !isRecord(value)) return { plan: parseWith(method.plan, value, file), pictures: null };
    const { pictures, ...rest } = value;
    const { pictures: indices = null } = parseWith(pictureIndices, { pictures }, file);
    return { plan: parseWith(method.plan, rest, file), pictures: indices };
  }
  if (sigmaIndex !== undefined) {
    const plan = parseWith(method.plan, { sigmaIndex }, `--sigma-index with method "${method.id}"`);
    return { plan, pictures: null };
  }
  const empty = method.plan.safeParse({});
  if (empty.success) return { plan: empty.data, pictures: null };
  const needed = method.plan.safeParse({ sigmaIndex: 0 }).success ? '--sigma-index M or --plan FILE' : '--plan FILE';
  throw new UserError(`probe needs ${needed} with method "${method.id}": the random choices of the step.`);
}

/**
 * The pictures of a run that trains from them: those that the plan names, else the first n. Null where it rolls out.
 * @throws UserError where the plan does not name n, or the folder has too few
 */
async function namedPictures(
  { images }: RunFile,
  runFile: string,
  named: readonly number[] | null,
  n: number,
  { bundle }: Model,
): Promise<SomePictures | null> {
  if (images === null) return null;
  const indices = named ?? Array.from({ length: n }, (_, i) => i);
  if (indices.length !== n) {
    throw new UserError(`The plan names ${indices.length} pictures, the noise file is for ${n}: they must be as many.`);
  }
  return decodeSome(await readPictureFolder(images, runFile), indices, bundle.image);
}
