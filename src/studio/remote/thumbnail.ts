/** @file The picture of an imported LoRA in the Library, drawn when it is asked for. */
import { readLora } from '../../lora/lora-file';
import { setLoraThumbnail } from '../../storage/loras';
import type { LoraRecord } from '../../storage/records';
import type { Picture } from '../../worker/protocol';
import { pngOfPicture } from '../pictures/png-picture';
import { getState } from '../state/store';
import { generate } from './draw';

/** Draws the first prompt of the LoRA's own run, else the first of the page, and keeps the picture with the LoRA. */
export async function drawThumbnail({ id, name, file }: Pick<LoraRecord, 'id' | 'name' | 'file'>): Promise<void> {
  const { fields } = getState();
  const { run } = readLora(file, name);
  const prompt = run?.prompts[0] ?? fields.prompts[0] ?? 'cat face';
  const options = { steps: fields.rolloutSteps, guidance: fields.guidance, strength: 1 };
  const asked = { prompt, seed: run?.samples.seed ?? fields.sampleSeed };
  const drawn: Picture[] = [];
  await generate([asked], { kind: 'stored', loraId: id }, options, (_, pictures) => void drawn.push(...pictures));
  await setLoraThumbnail(id, await pngOfPicture(drawn[0]));
}
