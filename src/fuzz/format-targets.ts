/** @file Single files: run files, recordings, .safetensors, lists of prompts. */
import { strToU8 } from 'fflate';
import { parseLabels, parseReal } from '../evaluate/judge-files';
import { isReadableFloat, isWeightDtype, readFloats, requireFinite } from '../formats/dtypes';
import { memorySource } from '../formats/file-source';
import { readGgufHeader } from '../formats/gguf';
import { parseJson } from '../formats/json';
import { parseRecording } from '../formats/recording';
import { parseSafetensors } from '../formats/safetensors';
import { ggufOf, joined, text, u32, u64 } from '../formats/testing';
import { decodeUtf8, linesOf } from '../formats/utf8';
import { parseRunFile } from '../methods/run-file';
import type { Bundle } from '../models/bundle';
import { createTokenizer, tokenize } from '../models/text-encoder';
import { parseMetadata } from '../pictures/captions';
import { mutateBytes, mutateJson, mutateNumbers, mutateSafetensors, safetensorsOf } from './mutate';
import { ofBytes, ofText, type Target, Warning } from './target';

const PLAIN_RUN = parseRunFile({ version: 1, prompts: ['cat face', 'red apple'] });

const CAPTION = { file_name: 'red-apple.png', text: 'a red apple', width: 128 };

/** @param bundle its tokeniser splits the prompts */
export async function formatTargets(bundle: Bundle): Promise<Target[]> {
  const { tokenizerJson, tokenizerConfig } = await bundle.readTextEncoder();
  const tokenizer = createTokenizer(tokenizerJson, tokenizerConfig);
  const runFile = { ...PLAIN_RUN, reward: { ...PLAIN_RUN.reward, model: { clip: 1, preference: 0.5 } } };
  const someTensors = safetensorsOf(SOME_HEADER, new Uint8Array(44));
  return [
    ofText(
      'run file',
      (random) => mutateJson(random, runFile),
      (bytes) => parseRunFile(bytes, 'run.json'),
    ),
    ofText(
      'recording',
      (random) => mutateJson(random, RECORDING),
      (bytes) => parseRecording(parseJson(bytes, 'recording.json')),
    ),
    ofText(
      "judge's labels",
      (random) => mutateJson(random, LABELS),
      (bytes) => parseLabels(parseJson(bytes, 'labels.json'), 'labels.json'),
    ),
    ofText(
      "judge's measures",
      (random) => mutateJson(random, REAL),
      (bytes) => [...parseReal(parseJson(bytes, 'real.json'), 'real.json', ['3d'])],
    ),
    ofBytes(
      'safetensors',
      (random) => mutateSafetensors(random, someTensors),
      (bytes) =>
        [...parseSafetensors(bytes, 'a.safetensors').tensors]
          .filter(([, { dtype }]) => isReadableFloat(dtype))
          .map(([, tensor]) => readFloats(tensor.bytes, tensor.dtype, 'a.safetensors: a tensor')),
    ),
    ofBytes(
      'gguf',
      (random) => mutateNumbers(random, SOME_GGUF, SOME_GGUF.length - 1024),
      async (bytes) => {
        const { tensors } = await readGgufHeader(memorySource('a', { 'a.gguf': bytes }), 'a.gguf');
        return tensors.map(({ dtype, begin, end }) => {
          const stored = bytes.subarray(begin, end);
          if (isWeightDtype(dtype)) requireFinite(stored, dtype, 'a.gguf: a tensor');
          return readFloats(stored, dtype, 'a.gguf: a tensor');
        });
      },
    ),
    ofText(
      'captions of pictures',
      (random) => `${mutateJson(random, CAPTION)}\n${JSON.stringify(CAPTION)}\n`,
      (bytes) => [...parseMetadata(decodeUtf8(bytes, 'metadata.jsonl'), 'metadata.jsonl')].flat().map((t) => t.length),
    ),
    ofBytes(
      'words and prompts',
      (random) => mutateBytes(random, strToU8(WORDS)),
      (bytes) =>
        linesOf(decodeUtf8(bytes, 'prompts.txt')).map((prompt) => {
          const { ids, warning } = tokenize(tokenizer, prompt, 16);
          if (warning !== undefined) throw new Warning(warning);
          return ids;
        }),
    ),
  ];
}

const WORDS =
  'cat face; red apple\r\n3d render; "pencil" sketch\n\n東京タワー é 👩‍🎨\nan astronaut riding a horse on the moon, oil painting by a master of light and of shadow\n';

const tensor = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const SOME_HEADER = JSON.stringify({
  __metadata__: { format: 'pt' },
  'a.weight': tensor('F32', [2, 2], 0, 16),
  'b.weight': tensor('F16', [2], 16, 20),
  c: tensor('BF16', [1, 2], 20, 24),
  d: tensor('F64', [], 24, 32),
  e: tensor('F8_E4M3', [4], 32, 36),
  ids: tensor('I64', [1], 36, 44),
  none: tensor('F32', [0, 7], 44, 44),
});

const SOME_GGUF = ggufOf({
  pairs: [
    ['general.architecture', 8, text('flux')],
    ['general.alignment', 4, u32(32)],
    ['sizes', 9, joined(u32(4), u64(2), u32(7), u32(9))],
    ['names', 9, joined(u32(8), u64(2), text('größer'), text(''))],
  ],
  tensors: [
    { name: 'a.weight', sizes: [32, 2], type: 8, bytes: new Uint8Array(68).fill(0x3c) },
    { name: 'b.weight', sizes: [256], type: 12, bytes: new Uint8Array(144).fill(0x3c) },
    { name: 'c', sizes: [3, 2], type: 0, bytes: new Uint8Array(24).fill(0x3c) },
    { name: 'd', sizes: [], type: 28, bytes: new Uint8Array(8).fill(0x3c) },
    { name: 'e', sizes: [256, 2, 1], type: 14, bytes: new Uint8Array(420).fill(0x3c) },
  ],
});

const LABELS = { styles: [{ id: '3d', words: ['3d render'] }], concepts: ['sun', 'something else'] };
const SPREAD = { mean: 0.2, p5: 0.1, p50: 0.2, p95: 0.3 };
const MEASURED = { pictures: 9, saturation: SPREAD, edgeDensity: SPREAD, quality: SPREAD };
const REAL = { styles: { '3d': { original: MEASURED, 'through the autoencoder': MEASURED } } };

const RECORDING = {
  version: 1,
  name: 'a run',
  made: 'an adapter',
  cell: { width: 64, height: 64 },
  run: PLAIN_RUN,
  metrics: [
    {
      ...{ step: 1, sigmaIndex: 3, sigma: 0.8, rewardDenoise: 0.1, rewardInversion: null, lossDenoise: 0.2 },
      ...{ lossInversion: null, gradNorm: 1, saturation: 0, positive: 'a', negative: 'b', seconds: 2 },
    },
  ],
  wordChanges: [{ step: 0, positive: ['a'], negative: ['b'] }],
  frames: [
    {
      ...{ step: 1, sheet: 'frame-000001.webp', prompt: 'cat', seed: 1, positive: 'a', negative: 'b' },
      ...{ sigmaMin: 0.1, sigmaMax: 0.9, todaySigma: null },
      columns: [
        {
          ...{ sigma: 0.5, sigmaRecovered: 0.4, gamma: 1, kappa: 0.1, reward: 0.2, penalty: 0.1 },
          ...{ rewardOneStep: 0.1, penaltyOneStep: 0.1 },
        },
      ],
    },
  ],
  samples: [{ step: 1, sheet: 'samples-000001.webp', prompts: ['cat'], seeds: [1] }],
};
