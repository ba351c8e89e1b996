"""Proves that an exported adapter draws the same picture in diffusers as in our program.

    python check_lora.py --bundle DIR --lora FILE --noise FILE --prompt P … --latents FILE [--png DIR]

Loads the adapter as users do, with FluxPipeline.load_lora_weights, samples from the noise file (one
prompt a row) and compares with `latents` as `studio generate --lora FILE --noise FILE` wrote it:
relative L2 at most 1e-3, else exit code 1. With --png also compares AutoencoderTiny's pictures of
those latents with the PNGs (in name order), which may differ by rounding and one step of 255.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from bundle import Bundle
from sampler import sample

TOLERANCE = 1e-3


def load_adapter(bundle, path, strength=1.0):
    """Puts the adapter into the bundle's transformer through diffusers' own loader."""
    # here: it warns until Bundle made it quiet
    from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, FluxPipeline

    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(bundle.folder / "scheduler")
    without_text = {"text_encoder": None, "tokenizer": None}
    if bundle.is_flux2:
        pipeline = Flux2KleinPipeline(scheduler=scheduler, vae=None, transformer=bundle.transformer, **without_text)
    else:
        pipeline = FluxPipeline(
            scheduler=scheduler,
            vae=bundle.vae,
            transformer=bundle.transformer,
            text_encoder_2=None,
            tokenizer_2=None,
            **without_text,
        )
    pipeline.load_lora_weights(path.parent, weight_name=path.name, adapter_name="exported")
    pipeline.set_adapters("exported", strength)


def named_tensor(path, name, shape):
    file = load_file(path)
    if name not in file:
        sys.exit(f"{path}: has no tensor '{name}'; it has {', '.join(file)}.")
    if tuple(file[name].shape[1:]) != shape:
        sys.exit(f"{path}: {name} has shape {list(file[name].shape)}, expected [n, {shape[0]}, {shape[1]}].")
    return file[name]


def main(arguments=None):
    """Compares as the command line says and ends the program, with 1 where pictures differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--lora", type=Path, help="without it the base alone is compared")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--noise", required=True, type=Path)
    parser.add_argument("--prompt", nargs="+", action="extend", required=True)
    parser.add_argument("--latents", required=True, type=Path)
    parser.add_argument("--png", type=Path)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--guidance", type=float, default=3.5)
    args = parser.parse_args(arguments)

    bundle = Bundle(args.bundle)
    shape = (bundle.grid[0] * bundle.grid[1], bundle.channels)
    noise = named_tensor(args.noise, "noise", shape)
    latents = named_tensor(args.latents, "latents", shape)
    if not len(noise) == len(latents) == len(args.prompt):
        sys.exit(f"{len(args.prompt)} prompts, {len(noise)} rows of noise and {len(latents)} of latents do not agree.")
    if args.lora:
        load_adapter(bundle, args.lora, args.strength)

    reference = sample(bundle, noise, args.prompt, args.steps, args.guidance)
    error = (torch.linalg.vector_norm(latents - reference) / torch.linalg.vector_norm(reference)).item()
    print(f"latents: relative L2 {error:.2e} ({TOLERANCE:.0e} allowed)")
    failed = not error <= TOLERANCE

    if args.png:
        paths = sorted(args.png.glob("*.png"))
        if len(paths) != len(latents):
            sys.exit(f"{args.png}: {len(paths)} PNGs for {len(latents)} latents.")
        with torch.no_grad():
            images = bundle.decode(latents).mul(255).permute(0, 2, 3, 1).numpy()
        pictures = np.stack([np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) for path in paths])
        worst = float(np.abs(pictures - images).max())
        print(f"pictures: largest difference {worst:.2f} of 255 (1.5 allowed)")
        failed |= worst > 1.5
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
