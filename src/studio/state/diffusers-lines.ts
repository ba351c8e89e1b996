/** @file The lines that use an exported LoRA in diffusers. */

/** @param base the base bundle's name @param file the exported .safetensors file's name */
export function diffusersLines(base: string, file: string): string {
  return `from diffusers import FluxTransformer2DModel

transformer = FluxTransformer2DModel.from_pretrained(${quoted(base)}, subfolder="transformer")
transformer.load_lora_adapter(${quoted(file)})

# or in a pipeline that has this transformer:
pipe.load_lora_weights(".", weight_name=${quoted(file)})
`;
}

/** A Python string: JSON's escapes are Python's too. */
const quoted = (text: string) => JSON.stringify(text);
