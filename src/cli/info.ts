/**
 * @file `studio info`: what a bundle, a LoRA or a transformer's weights hold, or which graphics adapter was found.
 */
import { basename, dirname, join } from 'node:path';
import { changeThatFits, type DeviceRoom, fits, memorySum, sentenceOf } from '../align/memory-sum';
import { bytesText } from '../align/memory-sum-text';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { type FileSource, readJson } from '../formats/file-source';
import { parseRunSettings, USUAL_RANK } from '../formats/run-file';
import { readSafetensorsHeader } from '../formats/safetensors';
import type { StoredTensor } from '../formats/tensor-set';
import { Gpu } from '../gpu/gpu';
import { listNodeAdapters, openNodeGpu } from '../gpu/node';
import { sizeOf } from '../graph/graph';
import { isBlockLinear } from '../lora/layout';
import { type Bundle, type BundleOptions, bundleHash, openBundle } from '../models/bundle';
import { type Checkpoint, isFluxCheckpoint, openCheckpoint } from '../models/checkpoint';
import { type CheckpointConfig, configOf, missingOf } from '../models/checkpoint-sizes';
import { nameOfBase } from '../models/known-bases';
import { escapeText, showList } from '../shown';
import { parseFlags } from './args';
import { shownPath, whatLiesAt } from './file-errors';
import { adapterFilesIn, type BundleFlags, bundleOptions, openCheckedModel, readLoraFile } from './inputs';
import { writeAtomic } from './results';
import { print } from './terminal';
import { COMMON_FLAGS, type Verb } from './verb';

const flags = {
  ...COMMON_FLAGS,
  make: { kind: 'switch', help: 'write the bundle.json of a folder that has none' },
  memory: {
    kind: 'number',
    value: 'GIB',
    help: "the graphics card's memory, to say whether a base fits",
    min: 0.01,
    max: 4096,
  },
  rank: { kind: 'integer', value: 'N', help: `of the LoRA (default ${USUAL_RANK})`, min: 1, max: 1024 },
} as const;

export const info: Verb = {
  name: 'info',
  does: 'show what a bundle, a LoRA or a model file holds, or which graphics adapter was found',
  usage: '[BUNDLE, LoRA or MODEL] [--make]',
  flags,
  async run(args) {
    const { flags: f, rest } = parseFlags(args, flags, 1);
    const target = rest[0] ?? f.bundle;
    if (f.make) await makeBundleFile(target, f);
    const lines = target === undefined ? await describeAdapter(f.adapter) : await describe(target, f);
    print(`${lines.map(([left, right]) => `${left.padEnd(16)}${escapeText(right)}`).join('\n')}\n`);
    return 0;
  },
};

type Lines = [string, string][];

interface Asked extends BundleFlags {
  adapter?: string;
  /** GiB of the graphics card. */
  memory?: number;
  /** Of the LoRA whose training is counted. */
  rank?: number;
}

/** A bundle's folder, a LoRA file, the folder of a LoRA, or a transformer's weights: a file or diffusers' folder. */
async function describe(target: string, flags: Asked): Promise<Lines> {
  const place = target === '' ? 'nothing' : whatLiesAt(target);
  if (place === 'nothing') {
    throw new UserError(
      `${target === '' ? '""' : shownPath(target)} does not exist, expected a bundle folder, a LoRA file or a model file.`,
    );
  }
  const model = await modelAt(target, place === 'folder');
  if (model) return describeCheckpoint(...model);
  if (place !== 'folder') return describeLora(target);
  const isBundle = isBundleFolder(target) || adapterFilesIn(target).length === 0;
  return isBundle ? describeBundle(target, flags) : describeLora(target);
}

const isBundleFolder = (folder: string) =>
  whatLiesAt(join(folder, 'bundle.json')) === 'file' || whatLiesAt(join(folder, 'transformer')) === 'folder';

/**
 * Writes what `openBundle` makes of a folder without bundle.json, to be changed by hand.
 * @throws UserError where there is one, and where the folder is no base
 */
async function makeBundleFile(folder: string | undefined, flags: BundleFlags): Promise<void> {
  if (folder === undefined) throw new UserError('info --make needs the folder of a base.');
  const path = join(folder, 'bundle.json');
  if (whatLiesAt(path) !== 'nothing') throw new UserError(`${shownPath(path)} is there already: change or remove it.`);
  const { bundle } = await openCheckedModel(folder, flags);
  const { name, version, image, text, rewards } = bundle.manifest;
  writeAtomic(path, `${JSON.stringify({ name, version, image, text, rewards }, null, 2)}\n`);
}

async function describeAdapter(name?: string): Promise<Lines> {
  const gpu = await Gpu.open(await openNodeGpu(name));
  const { description: d } = gpu;
  const mib = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
  const others = (await listNodeAdapters()).map((a) => a.name);
  return [
    ['adapter', `${d.name}${d.software ? ' (software)' : ''}`],
    ['features', d.features.join(', ') || 'none used'],
    ['binding', `${mib(d.limits.maxStorageBufferBindingSize)}, buffer ${mib(d.limits.maxBufferSize)}`],
    ['storage', `${d.limits.maxStorageBuffersPerShaderStage} buffers a stage`],
    [
      'workgroup',
      `${d.limits.maxComputeInvocationsPerWorkgroup} invocations, ${d.limits.maxComputeWorkgroupStorageSize / 1024} KiB shared`,
    ],
    ['found', others.join(', ')],
  ];
}

async function describeBundle(folder: string, flags: Asked): Promise<Lines> {
  const { bundle, transformer, linears } = await openCheckedModel(folder, flags);
  const t = bundle.transformer;
  const parameters = [...transformer.tensors.info.values()];
  return [
    ['bundle', `${bundle.name}, version ${bundle.manifest.version}`],
    [
      'transformer',
      `${t.num_layers} double and ${t.num_single_layers} single blocks, ${t.num_attention_heads} heads of ${t.attention_head_dim}, ${(parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0) / 1e6).toFixed(1)} M parameters, ${[...new Set(parameters.map((p) => p.dtype))].join(' and ')}`,
    ],
    ['guidance', t.guidance_embeds ? 'embedded' : 'classifier-free'],
    ['picture', `${bundle.image.width}×${bundle.image.height}, ${bundle.imageTokens} image tokens of ${t.in_channels}`],
    [
      'text',
      `${bundle.maxTextTokens} tokens of ${t.joint_attention_dim}${bundle.embeddings ? `, ${bundle.embeddings.prompts.length} prompts encoded before` : ''}`,
    ],
    ['scheduler', describeShift(bundle)],
    ['rewards', bundle.rewards.join(', ') || 'none'],
    [
      'LoRA targets',
      [
        ...new Set(
          linears
            .map((l) => l.name)
            .filter(isBlockLinear)
            .map(partOfBlock),
        ),
      ].join(', '),
    ],
    ['usual targets', bundle.denoiser.targets.join(', ')],
    ['sha256', await bundleHash(bundle)],
    ['licence', [bundle.manifest.licence, ...bundle.manifest.attribution].filter(Boolean).join('; ')],
    ...(await describeMemory(folder, bundle, flags)),
  ];
}

/** What an update of one picture needs, and whether that fits the adapter, where there is one. */
async function describeMemory(folder: string, bundle: Bundle, flags: Asked): Promise<Lines> {
  const gpu = await openNodeGpu(flags.adapter)
    .then((found) => Gpu.open(found))
    .catch((error) => {
      if (error instanceof UserError && flags.adapter === undefined) return null;
      throw error;
    });
  const device = gpu?.description;
  const room: DeviceRoom = {
    binding: device?.limits.maxStorageBufferBindingSize ?? null,
    memory: flags.memory === undefined ? null : flags.memory * 2 ** 30,
  };
  const sum = await memorySum(bundle, device, flags.rank).catch((error) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  if (sum instanceof UserError) return [['memory', sum.message]];
  const { largest, parts, total } = sum;
  const limit = room.binding === null ? '' : `, the adapter binds ${bytesText(room.binding)}`;
  const lines: Lines = [
    [
      'memory',
      `${bytesText(total)} for updates of one picture: ${parts.map(({ what, bytes }) => `${what} ${bytesText(bytes)}`).join(', ')}`,
    ],
    ['largest buffer', `${bytesText(largest.bytes)} (${largest.what})${limit}`],
  ];
  if (fits(sum, room)) return room.memory === null ? lines : [...lines, ['fits', `${bytesText(room.memory)}: yes`]];
  const given = bundleOptions(flags);
  const open = (options: BundleOptions) => openBundle(dirSource(folder), options);
  const change = await changeThatFits(open, { bundle, given, rank: flags.rank }, room, device);
  return [...lines, ['fits', sentenceOf(sum, room, change)]];
}

/** A shift by tokens and steps as it is at the default number of steps. */
function describeShift(bundle: Bundle): string {
  const { steps } = parseRunSettings({ version: 1, prompts: ['a'] }, 'run').rollout;
  if (!bundle.scheduler.use_dynamic_shifting) return `static shift ${bundle.scheduler.shift}`;
  return `dynamic shift, ${short(bundle.shift(steps))} at ${bundle.imageTokens} image tokens and ${steps} steps`;
}

/** Folder and file of a transformer's weights, where that is what lies there. */
async function modelAt(target: string, isFolder: boolean): Promise<[folder: string, file: string] | undefined> {
  if (isFolder) {
    if (isBundleFolder(target)) return undefined;
    const files = [`${DIFFUSERS_WEIGHTS}.index.json`, DIFFUSERS_WEIGHTS];
    const file = files.find((name) => whatLiesAt(join(target, name)) === 'file');
    return file === undefined ? undefined : [target, file];
  }
  const [folder, file] = [dirname(target), basename(target)];
  if (/\.gguf$|\.safetensors\.index\.json$/.test(file)) return [folder, file];
  if (!/\.(?:safetensors|sft)$/.test(file)) return undefined;
  // A file that cannot be read is described as what it would be, a LoRA.
  const header = await readSafetensorsHeader(dirSource(folder), file).catch(() => undefined);
  return header && isFluxCheckpoint(header.tensors.map(({ name }) => name)) ? [folder, file] : undefined;
}

const DIFFUSERS_WEIGHTS = 'diffusion_pytorch_model.safetensors';

async function describeCheckpoint(folder: string, file: string): Promise<Lines> {
  const source = dirSource(folder);
  const checkpoint = await openCheckpoint(source, file);
  const { architecture, names, format, tensors, unused } = checkpoint;
  const sizes = await Promise.all(tensors.files.map((path) => source.size(path)));
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  const infos = [...tensors.info.values()];
  const parameters = infos.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return [
    [
      'model',
      `${shownPath(join(folder, file))}, ${format}, ${bytes < 1e9 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${(bytes / 1e9).toPrecision(3)} GB`}`,
    ],
    ['architecture', `${architecture}, names ${names === 'bfl' ? 'of the original checkpoint' : 'of diffusers'}`],
    ['parameters', `${(parameters / 1e6).toFixed(1)} M`],
    ['stored as', shares(infos, parameters)],
    ...sizesOfCheckpoint(checkpoint, await axesBeside(source)),
    ...(unused.length > 0 ? [['not used', `${unused.length}: ${showList(unused, 3)}`] as [string, string]] : []),
  ];
}

/** Each storage type with its part of the parameters: `Q8_0 98.9 %, F32 1.1 %`. */
function shares(tensors: readonly StoredTensor[], parameters: number): string {
  const counts = new Map<string, number>();
  for (const { dtype, shape, scale } of tensors) {
    const type = scale ? `${dtype} with scales` : dtype;
    counts.set(type, (counts.get(type) ?? 0) + sizeOf(shape));
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const percent = (count: number) => `${Number(((100 * count) / parameters).toPrecision(3))} %`;
  return sorted.map(([type, count]) => `${type} ${percent(count)}`).join(', ');
}

/** RoPE's axes out of a config.json beside the weights, which alone says them. */
async function axesBeside(source: FileSource): Promise<number[] | undefined> {
  if ((await source.size('config.json')) === undefined) return undefined;
  const { axes_dims_rope: axes } = ((await readJson(source, 'config.json')) ?? {}) as { axes_dims_rope?: unknown };
  return Array.isArray(axes) && axes.every((axis) => typeof axis === 'number') ? axes : undefined;
}

function sizesOfCheckpoint({ architecture, tensors }: Checkpoint, axes?: number[]): Lines {
  let config: CheckpointConfig;
  try {
    config = configOf({ architecture, tensors }, axes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [['sizes', error.message]];
  }
  const missing = missingOf(config, tensors);
  const pooled = 'pooled_projection_dim' in config ? `, pooled ${config.pooled_projection_dim}` : '';
  return [
    [
      'transformer',
      `${config.num_layers} double and ${config.num_single_layers} single blocks, ${config.num_attention_heads} heads of ${config.attention_head_dim}`,
    ],
    ['guidance', config.guidance_embeds ? 'embedded' : 'not embedded'],
    ['picture', `tokens of ${config.in_channels}`],
    ['text', `tokens of ${config.joint_attention_dim}${pooled}`],
    ['missing', missing.length === 0 ? 'nothing' : `${missing.length} tensors: ${showList(missing, 3)}`],
  ];
}

function describeLora(path: string): Lines {
  const { file, name } = readLoraFile(path);
  const { stored } = file;
  const parts = [...file.tensors.keys()].map(partOfBlock);
  const lines: Lines = [
    ['LoRA', name],
    ['names', [...new Set(stored.map(({ dialect }) => dialect))].join(' and ')],
    ['rank', counted(stored.map(({ rank }) => String(rank)))],
    ['alpha', counted(stored.map(({ alpha }) => short(alpha)))],
    ['scale', counted(stored.map(({ scale }) => short(scale)))],
    ['linears', `${parts.length}: ${[...new Set(parts)].join(', ')}`],
    ['stored as', [...new Set(stored.map(({ dtype }) => dtype))].join(' and ')],
  ];
  if (file.baseHash) lines.push(['base', nameOfBase(file.baseHash)], ['base sha256', file.baseHash]);
  if (file.step !== undefined) lines.push(['updates', String(file.step)]);
  if (file.run) {
    lines.push(
      ['method', file.run.method],
      ['more of', showList(file.run.reward.positive)],
      ['less of', showList(file.run.reward.negative)],
    );
  }
  return lines;
}

/** A linear's name inside its block. */
const partOfBlock = (name: string) => name.replace(/^(?:single_)?transformer_blocks\.\d+\./, '');

const short = (value: number) => String(Number(value.toPrecision(6)));

/** One value where all are the same, else each with how often it comes: `8 (12 of 14), 4 (2 of 14)`. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size === 1) return values[0];
  const most = [...counts].sort((a, b) => b[1] - a[1]).map(([value, n]) => `${value} (${n} of ${values.length})`);
  return showList(most);
}
