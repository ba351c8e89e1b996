/**
 * @file A transformer's weights as they come: diffusers' files, sharded or not, the original (BFL) single file, GGUF; plain,
 * in blocks, or fp8 with scales. Tensors get diffusers' names by saying where in the file each lies: rows of a fused linear
 * are ranges of bytes, so blocks of quantised rows stay whole and nothing is read before it is asked for. Architecture and
 * sizes are decided by the tensors' own names and shapes.
 */
import { UserError } from '../errors';
import { blockOf, isReadableFloat } from '../formats/dtypes';
import { type FileSource, nameIn } from '../formats/file-source';
import { readGgufHeader } from '../formats/gguf';
import { openTensors, readSafetensorsHeader } from '../formats/safetensors';
import { rowsOf as partOf, type StoredTensor, stored, type TensorSet, tensorSet } from '../formats/tensor-set';
import { sizeOf } from '../graph/graph';
import { showList, shown, showValue } from '../shown';
import { type Architecture, CHECKPOINTS, type CheckpointNames } from './flux-names';

export interface Checkpoint {
  /** 'GGUF', '.safetensors' or '.safetensors, 3 shards' */
  format: string;
  architecture: Architecture;
  /** Whose names the file has. */
  names: 'diffusers' | 'bfl';
  /** By diffusers' names. */
  tensors: TensorSet;
  /** Tensors of the file that the transformer has no place for, by their own names. */
  unused: string[];
}

const INDEX = '.safetensors.index.json';
/** What stands before the transformer's names where a file holds a text encoder and an autoencoder too (ComfyUI). */
const PREFIX = 'model.diffusion_model.';
/** Ends of the names of a linear's scale in fp8 checkpoints, of the linear's name. */
const SCALES = ['.weight_scale', '.scale_weight'];
/** What fp8 checkpoints hold besides: scales for activations in fp8, and marks of the format. */
const PASSED_OVER = /(?:\.(?:input_scale|scale_input|comfy_quant)|^scaled_fp8)$/;

/**
 * Opens the weights of a FLUX transformer; reads headers only.
 *
 * @param path in the source: a `.gguf` or `.safetensors` file, or the index of shards (`NAME.safetensors.index.json`)
 * @throws UserError for a damaged file, and for one of another model
 */
export async function openCheckpoint(source: FileSource, path: string): Promise<Checkpoint> {
  const file = await openFile(source, path);
  const own = withoutPrefix(file.tensors);
  const found = recognise(own.tensors.keys());
  if (!found) {
    const kind = file.architecture === undefined ? '' : `, general.architecture is ${showValue(file.architecture)}`;
    const some = showList([...file.tensors.keys()], 2);
    throw new UserError(
      `${nameIn(source.describe, path)} holds no FLUX transformer (${file.tensors.size === 0 ? 'no tensors' : `its tensors are ${some}`}${kind}), expected names of FLUX.1 or FLUX.2.`,
    );
  }
  const { architecture, names } = found;
  const { info, unused } = renamed(own.tensors, CHECKPOINTS[architecture][names], nameIn(source.describe, path));
  return {
    format: file.format,
    architecture,
    names,
    tensors: tensorSet(source, { name: path, info, metadata: file.metadata, files: file.files }),
    unused: [...unused, ...own.others],
  };
}

/** Whether names are those of a FLUX transformer, and whose. */
export function isFluxCheckpoint(names: Iterable<string>): boolean {
  const list = [...names];
  const own = list.some((name) => name.startsWith(PREFIX)) ? list.map((name) => name.replace(PREFIX, '')) : list;
  return recognise(own) !== undefined;
}

interface Opened {
  format: string;
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
  files: string[];
  /** What a GGUF file calls its model. */
  architecture?: string;
}

async function openFile(source: FileSource, path: string): Promise<Opened> {
  if (path.endsWith(INDEX)) {
    const { info, metadata, files } = await openTensors(source, path.slice(0, -INDEX.length), 'index');
    return { format: `.safetensors, ${files.length} shards`, tensors: info, metadata, files };
  }
  if (path.endsWith('.gguf')) {
    const { tensors, metadata } = await readGgufHeader(source, path);
    const texts = [...metadata].filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    const architecture = metadata.get('general.architecture');
    return {
      format: 'GGUF',
      tensors: new Map(tensors.map((tensor) => [tensor.name, stored(tensor, path)])),
      metadata: Object.fromEntries(texts),
      files: [path],
      ...(typeof architecture === 'string' && { architecture }),
    };
  }
  const { tensors, metadata } = await readSafetensorsHeader(source, path);
  return {
    format: '.safetensors',
    tensors: new Map(tensors.map((tensor) => [tensor.name, stored(tensor, path)])),
    metadata,
    files: [path],
  };
}

function withoutPrefix(tensors: Map<string, StoredTensor>) {
  const others = [...tensors.keys()].filter((name) => !name.startsWith(PREFIX));
  if (others.length === tensors.size) return { tensors, others: [] };
  const own = [...tensors].filter(([name]) => name.startsWith(PREFIX));
  return { tensors: new Map(own.map(([name, tensor]) => [name.slice(PREFIX.length), tensor])), others };
}

/** What only one architecture has, in each way of writing it. */
const SIGNS: [RegExp, Architecture, Checkpoint['names']][] = [
  [/^double_stream_modulation_img\.lin\.weight$/, 'FLUX.2', 'bfl'],
  [/^double_stream_modulation_img\.linear\.weight$/, 'FLUX.2', 'diffusers'],
  [/^double_blocks\.\d+\.img_mod\.lin\.weight$/, 'FLUX.1', 'bfl'],
  [/^single_transformer_blocks\.\d+\.norm\.linear\.weight$/, 'FLUX.1', 'diffusers'],
];

function recognise(names: Iterable<string>) {
  for (const name of names) {
    const sign = SIGNS.find(([pattern]) => pattern.test(name));
    if (sign) return { architecture: sign[1], names: sign[2] };
  }
  return undefined;
}

/** The tensors by diffusers' names. */
function renamed(tensors: Map<string, StoredTensor>, { linears, norms }: CheckpointNames, file: string) {
  const info: TensorSet['info'] = new Map();
  const unused: string[] = [];
  const scales = scalesOf(tensors, file);
  const set = (name: string, tensor: StoredTensor) => {
    if (info.has(name)) throw new UserError(`${file}: tensor ${shown(tensor.name)} is there under two names.`);
    info.set(name, tensor);
  };
  for (const [name, tensor] of tensors) {
    if (PASSED_OVER.test(name) || scales.names.has(name)) continue;
    const end = name.lastIndexOf('.');
    const [module, part] = [name.slice(0, end), name.slice(end + 1)];
    const norm = part === 'scale' || part === 'weight' ? norms.adapted(module) : undefined;
    const linear = part === 'weight' || part === 'bias' ? linears.adapted(module) : undefined;
    if (norm) {
      set(`${norm.linears[0]}.weight`, tensor);
    } else if (linear) {
      const scale = part === 'weight' ? scales.of(module) : undefined;
      const whole = scale ? { ...tensor, scale } : tensor;
      const pieces = linear.swapHalves
        ? [swapped(whole, file)]
        : rowsOf(whole, linear.linears.length, tensors.get(`${module}.weight`), file);
      linear.linears.forEach((target, i) => {
        set(`${target}.${part}`, pieces[i]);
      });
    } else {
      unused.push(tensor.name);
    }
  }
  return { info, unused };
}

/** The scales of fp8 weights by their linears. */
function scalesOf(tensors: Map<string, StoredTensor>, file: string) {
  const byLinear = new Map<string, StoredTensor>();
  const names = new Set<string>();
  for (const [name, scale] of tensors) {
    const end = SCALES.find((ending) => name.endsWith(ending));
    if (!end) continue;
    const linear = name.slice(0, -end.length);
    const weight = tensors.get(`${linear}.weight`);
    if (weight?.dtype !== 'F8_E4M3') continue;
    if (sizeOf(scale.shape) !== 1 || !isReadableFloat(scale.dtype)) {
      throw new UserError(
        `${file}: tensor ${shown(scale.name)} is ${scale.dtype} ${showValue(scale.shape)}, expected one number: one scale a tensor.`,
      );
    }
    if (byLinear.has(linear)) throw new UserError(`${file}: tensor ${shown(weight.name)} has two scales.`);
    byLinear.set(linear, scale);
    names.add(name);
  }
  return { names, of: (linear: string) => byLinear.get(linear) };
}

/**
 * Rows of a tensor, or numbers of a bias, as so many tensors: as many as there are inputs each, and the last what is left.
 * Query, key and value are as wide as the model.
 *
 * @param weight the linear's weight, of which the bias has the rows
 */
function rowsOf(tensor: StoredTensor, pieces: number, weight: StoredTensor | undefined, file: string): StoredTensor[] {
  if (pieces === 1) return [tensor];
  const { shape, name } = tensor;
  const wide = weight?.shape.length === 2 ? weight.shape[1] : 0;
  const last = shape[0] - (pieces - 1) * wide;
  // Query, key and value alone are equal parts; with an MLP's rows after them there are more of those.
  if (!wide || shape.length === 0 || (pieces === 3 ? last !== wide : last <= 0)) {
    throw new UserError(
      `${file}: tensor ${shown(name)} has shape ${showValue(shape)}, expected the rows of query, key and value${pieces === 3 ? '' : ' and of an MLP'}, ${wide || 'as many as its weight has inputs'} each.`,
    );
  }
  return Array.from({ length: pieces }, (_, i) => {
    const begin = i * wide;
    return rows(tensor, begin, i === pieces - 1 ? shape[0] : begin + wide, file);
  });
}

/** Rows [begin, end) of a tensor, none of whose blocks may be cut. */
function rows(tensor: StoredTensor, begin: number, end: number, file: string): StoredTensor {
  const { name, shape, dtype } = tensor;
  if (shape.length === 1 && (begin % blockOf(dtype) !== 0 || end % blockOf(dtype) !== 0)) {
    throw new UserError(`${file}: tensor ${shown(name)} is ${dtype}, whose blocks a part of it would cut.`);
  }
  return partOf(tensor, [begin, end]);
}

/** The second half of a tensor's rows before the first: [shift, scale] as [scale, shift]. */
function swapped(tensor: StoredTensor, file: string): StoredTensor {
  const { shape } = tensor;
  if (shape.length === 0 || shape[0] % 2 === 1) {
    throw new UserError(
      `${file}: tensor ${shown(tensor.name)} has shape ${showValue(shape)}, expected rows of a shift and as many of a scale.`,
    );
  }
  const middle = shape[0] / 2;
  const halves = [rows(tensor, middle, shape[0], file), rows(tensor, 0, middle, file)];
  return { ...tensor, parts: halves.flatMap(({ parts }) => parts) };
}
