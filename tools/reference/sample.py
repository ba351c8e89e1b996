"""Draws pictures with the reference, to look at them.

    python sample.py --prompt "cat face" "red apple, 3d render" --out DIR [--seed 0] [--steps 12]
"""

import argparse
from pathlib import Path

import torch
from PIL import Image

from bundle import Bundle
from sampler import sample

DEFAULT_BUNDLE = Path(__file__).parents[2] / "public/bundles/mini-flux"


def to_pictures(image):
    """[n, 3, H, W] in [0, 1] to PIL pictures."""
    return [Image.fromarray(x) for x in image.mul(255).round().byte().permute(0, 2, 3, 1).numpy()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE)
    parser.add_argument("--prompt", nargs="+", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--guidance", type=float, default=3.5)
    args = parser.parse_args()
    bundle = Bundle(args.bundle)
    rows, columns = bundle.grid
    noise = torch.randn(
        len(args.prompt), rows * columns, bundle.channels, generator=torch.Generator().manual_seed(args.seed)
    )
    with torch.no_grad():
        pictures = to_pictures(bundle.decode(sample(bundle, noise, args.prompt, args.steps, args.guidance)))
    args.out.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        picture.save(args.out / f"{i:03d}.png")


if __name__ == "__main__":
    main()
