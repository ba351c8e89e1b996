/**
 * @file `studio info`: what a bundle or an adapter file holds, or which graphics adapter was found.
 */
import { UserError } from '../errors';
import { Gpu } from '../gpu/gpu';
import { listNodeAdapters, openNodeGpu } from '../gpu/node';
import { sizeOf } from '../graph/graph';
import { bundleHash } from '../models/bundle';
import { nameOfBase } from '../models/known-bases';
import { parseFlags } from './args';
import { shownPath, whatLiesAt } from './file-errors';
import { openCheckedModel, readLoraFile } from './inputs';
import { print } from './terminal';
import { COMMON_FLAGS, type Verb } from './verb';

export const info: Verb = {
  name: 'info',
  does: 'show what a bundle or an adapter file holds, or which graphics adapter was found',
  usage: '[BUNDLE or LoRA file]',
  flags: COMMON_FLAGS,
  async run(args) {
    const { flags, rest } = parseFlags(args, COMMON_FLAGS, 1);
    const target = rest[0] ?? flags.bundle;
    const lines = target === undefined ? await describeAdapter(flags.adapter) : await describe(target);
    print(`${lines.map(([left, right]) => `${left.padEnd(14)}${right}`).join('\n')}\n`);
    return 0;
  },
};

type Lines = [string, string][];

async function describe(target: string): Promise<Lines> {
  const place = target === '' ? 'nothing' : whatLiesAt(target);
  if (place !== 'nothing') return place === 'folder' ? describeBundle(target) : describeLora(target);
  throw new UserError(
    `${target === '' ? '""' : shownPath(target)} does not exist, expected a bundle folder or a LoRA file.`,
  );
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

async function describeBundle(folder: string): Promise<Lines> {
  const { bundle, transformer, linears } = await openCheckedModel(folder);
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
    ['text', `${bundle.maxTextTokens} tokens of ${t.joint_attention_dim}`],
    ['scheduler', `static shift ${bundle.scheduler.shift}`],
    ['rewards', bundle.rewards.join(', ') || 'none'],
    ['LoRA targets', [...new Set(linears.map((l) => l.name.replace(/^\w+\.\d+\./, '')))].join(', ')],
    ['sha256', await bundleHash(bundle)],
    ['licence', [bundle.manifest.licence, ...bundle.manifest.attribution].filter(Boolean).join('; ')],
  ];
}

function describeLora(path: string): Lines {
  const { file } = readLoraFile(path);
  const lines: Lines = [
    ['LoRA', path],
    ['rank', String(file.rank)],
    [
      'linears',
      `${file.tensors.size}: ${[...new Set([...file.tensors.keys()].map((n) => n.replace(/^\w+\.\d+\./, '')))].join(', ')}`,
    ],
  ];
  if (file.baseHash) lines.push(['base', nameOfBase(file.baseHash)], ['base sha256', file.baseHash]);
  if (file.step !== undefined) lines.push(['updates', String(file.step)]);
  if (file.run) {
    lines.push(
      ['method', file.run.method],
      ['more of', file.run.reward.positive.join(', ')],
      ['less of', file.run.reward.negative.join(', ')],
    );
  }
  return lines;
}
