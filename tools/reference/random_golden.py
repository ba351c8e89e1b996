"""A golden folder for a bundle of random sizes, to compare the engine at sizes nobody chose.

    python random_golden.py SEED --out DIR

Writes DIR/bundle and, beside it, the files of a golden folder (see golden.py; meta's bundle is the
absolute path). The same seed gives the same case.
"""

import argparse
import json
import random
import sys
from pathlib import Path

from golden import make_golden
from make_bundle import make_bundle
from quiet import quiet

PRECISIONS = ["f32", "f16", "bf16"]
DOUBLE_TARGETS = ["attn.to_out.0", "norm1.linear", "add_q_proj", "to_add_out", "ff.net.0.proj", "ff_context.net.2"]
SINGLE_TARGETS = ["norm.linear", "proj_mlp", "proj_out"]
BOTH_TARGETS = ["attn.to_q", "to_k", "attn.to_v"]


def random_tower(draw):
    heads, patch = draw.randint(1, 5), draw.choice([4, 7, 8, 14, 16])
    return {
        "precision": draw.choice(PRECISIONS),
        "hidden_size": heads * draw.choice([6, 8, 11, 16]),
        "intermediate_size": draw.randint(30, 130),
        "num_hidden_layers": draw.randint(1, 3),
        "num_attention_heads": heads,
        "image_size": patch * draw.randint(2, 5),
        "patch_size": patch,
        "projection_dim": draw.randint(9, 40),
        "hidden_act": draw.choice(["gelu", "quick_gelu"]),
    }


def random_bundle(draw):
    """A spec for make_bundle: every size, depth, precision and option drawn."""
    axes = [2 * draw.randint(1, 4) for _ in range(3)]
    layers, singles = draw.choice([(1, 1), (2, 1), (1, 2), (0, 2), (2, 0), (3, 1)])
    stages = draw.randint(2, 4)
    unit = 2 * 2 ** (stages - 1)
    rewards = draw.choice([["clip"], ["clip", "preference"], ["clip", "preference"]])
    spec = {
        "image": (unit * draw.randint(2, 5), unit * draw.randint(2, 5)),
        "text": {
            "max_length": draw.randint(8, 20),
            "hidden": draw.randint(20, 50),
            "special_ids": draw.sample(range(12), 5),
        },
        "shift": draw.choice([1.0, 1.7, 2.0, 3.0]),
        "transformer": {
            "precision": draw.choice(PRECISIONS),
            "num_layers": layers,
            "num_single_layers": singles,
            "num_attention_heads": draw.randint(1, 6),
            "attention_head_dim": sum(axes),
            "axes_dims_rope": axes,
            "guidance_embeds": draw.random() < 0.5,
            "max_shard_size": draw.choice(["10GB", "200KB"]),
        },
        "vae": {
            "precision": draw.choice(PRECISIONS),
            "latent_channels": draw.choice([3, 4, 8, 16]),
            "encoder_width": draw.randint(6, 24),
            "decoder_width": draw.randint(6, 24),
            "num_encoder_blocks": [draw.randint(0, 2) for _ in range(stages)],
            "num_decoder_blocks": [draw.randint(0, 2) for _ in range(stages)],
            "scaling_factor": draw.choice([1.0, 0.36, 1.4]),
            "shift_factor": draw.choice([0.0, 0.11, -0.3]),
        },
        "towers": {name: random_tower(draw) for name in rewards},
    }
    if len(rewards) > 1:
        spec["aesthetic"] = {"backbone": draw.choice(rewards), "hidden": draw.randint(3, 20)}
    return spec


def random_run(draw, bundle):
    """The run keys, picture count and sigma index of a golden spec that fits the bundle."""
    transformer = bundle["transformer"]
    targets = (
        BOTH_TARGETS
        + DOUBLE_TARGETS * (transformer["num_layers"] > 0)
        + SINGLE_TARGETS * (transformer["num_single_layers"] > 0)
    )
    rewards = [*bundle["towers"], *(["aesthetic"] if "aesthetic" in bundle else [])]
    weights = {name: draw.choice([0.25, 0.5, 1, 2]) for name in draw.sample(rewards, draw.randint(1, len(rewards)))}
    rank, count = draw.randint(1, 9), draw.choice([30, 200, 1000])
    low = draw.uniform(0.1, 0.7)
    return {
        "pictures": draw.randint(1, 3),
        "sigma_index": draw.randint(5, count - 6),
        "blocks": True,
        "run": {
            "prompts": draw.sample(["cat face", "old rocket!", "3d moon", "a green apple, pixel art"], 3),
            "lora": {
                "rank": rank,
                "alpha": draw.choice([rank, rank, 2 * rank, 3]),
                "targets": draw.sample(targets, draw.randint(1, len(targets))),
            },
            "rollout": {"steps": draw.randint(2, 6), "guidance": round(draw.uniform(1, 5), 2)},
            "timesteps": {
                "sigmaMin": round(low, 3),
                "sigmaMax": round(low + 0.25, 3),
                "count": count,
                "step": draw.randint(1, count // 3),
            },
            "reward": {
                "model": draw.choice(list(weights)) if len(weights) == 1 else weights,
                "positive": [draw.choice(["3d render", "glossy"])],
                "margin": 0.9,
            },
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    quiet()
    folder = args.out.resolve()
    if (folder / "bundle").exists():
        sys.exit(f"{folder}/bundle exists already.")
    draw = random.Random(args.seed)
    name = f"random-{args.seed}"
    bundle = random_bundle(draw)
    (folder / "bundle").mkdir(parents=True)
    make_bundle(name, bundle, folder / "bundle")
    spec = random_run(draw, bundle) | {"bundle": str(folder / "bundle")}
    for file, content in make_golden(name, spec).items():
        (folder / file).write_bytes(content)
    print(json.dumps({"bundle": bundle, **spec}))


if __name__ == "__main__":
    main()
