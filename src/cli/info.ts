/**
 * @file `studio info`: what a bundle or an adapter file holds, or which graphics adapter was found.
 */
import { join } from 'node:path';
import { UserError } from '../errors';
import { Gpu } from '../gpu/gpu';
import { listNodeAdapters, openNodeGpu } from '../gpu/node';
import { sizeOf } from '../graph/graph';
import { isBlockLinear } from '../lora/layout';
import { bundleHash } from '../models/bundle';
import { nameOfBase } from '../models/known-bases';
import { escapeText, showList } from '../shown';
import { parseFlags } from './args';
import { shownPath, whatLiesAt } from './file-errors';
import { adapterFilesIn, openCheckedModel, readLoraFile } from './inputs';
import { print } from './terminal';
import { COMMON_FLAGS, type Verb } from './verb';

export const info: Verb = {
  name: 'info',
  does: 'show what a bundle or an adapter file holds, or which graphics adapter was found',
  usage: '[BUNDLE or LoRA]',
  flags: COMMON_FLAGS,
  async run(args) {
    const { flags, rest } = parseFlags(args, COMMON_FLAGS, 1);
    const target = rest[0] ?? flags.bundle;
    const lines = target === undefined ? await describeAdapter(flags.adapter) : await describe(target);
    print(`${lines.map(([left, right]) => `${left.padEnd(14)}${escapeText(right)}`).join('\n')}\n`);
    return 0;
  },
};

type Lines = [string, string][];

/** A bundle's folder, a LoRA file, or the folder of a LoRA. */
async function describe(target: string): Promise<Lines> {
  const place = target === '' ? 'nothing' : whatLiesAt(target);
  if (place === 'nothing') {
    throw new UserError(
      `${target === '' ? '""' : shownPath(target)} does not exist, expected a bundle folder or a LoRA file.`,
    );
  }
  if (place !== 'folder') return describeLora(target);
  const isBundle = whatLiesAt(join(target, 'bundle.json')) === 'file' || adapterFilesIn(target).length === 0;
  return isBundle ? describeBundle(target) : describeLora(target);
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
    ['sha256', await bundleHash(bundle)],
    ['licence', [bundle.manifest.licence, ...bundle.manifest.attribution].filter(Boolean).join('; ')],
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
