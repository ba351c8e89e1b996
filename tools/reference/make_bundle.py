"""Makes the random-weight bundles, bit for bit the same each time.

    python make_bundle.py [NAME …] [--root DIR] [--check]

`nano` (public/bundles/nano) is small enough for browser tests; `odd-a` and `odd-b`
(tools/reference/bundles) have sizes that mini-flux does not. --root writes below another folder;
--check compares with what is checked in instead of writing. Weights are uniform numbers from PCG64,
scaled by exact arithmetic only, so they do not depend on the machine's mathematical functions.
"""

import argparse
import filecmp
import hashlib
import json
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel, FluxTransformer2DModel
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from quiet import quiet
from taef2 import extend
from tiny_text import save_text_encoder, save_tokenizer

ROOT = Path(__file__).parents[2]
PRECISIONS = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}

SPECS = {
    "nano": {
        "folder": "public/bundles/nano",
        "image": (48, 48),
        "text": {"max_length": 16, "hidden": 32, "special_ids": [0, 1, 2, 3, 4]},
        "shift": 2.0,
        "transformer": {
            "precision": "f16", "num_layers": 1, "num_single_layers": 1, "num_attention_heads": 2,
            "attention_head_dim": 16, "axes_dims_rope": [4, 6, 6], "guidance_embeds": True,
        },
        "vae": {
            "precision": "f32", "latent_channels": 16, "encoder_width": 16, "decoder_width": 16,
            "num_encoder_blocks": [1, 1, 1, 1], "num_decoder_blocks": [1, 1, 1, 1],
            "scaling_factor": 1.0, "shift_factor": 0.0,
        },
        "towers": {
            "clip": {
                "precision": "f16", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
                "num_attention_heads": 2, "image_size": 48, "patch_size": 12, "projection_dim": 16,
                "hidden_act": "gelu",
            },
            "preference": {
                "precision": "f16", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
                "num_attention_heads": 2, "image_size": 48, "patch_size": 12, "projection_dim": 16,
                "hidden_act": "gelu",
            },
        },
        "aesthetic": {"backbone": "clip", "hidden": 8},
        "words": "cat face; dog face; penguin; unicorn\nred apple; pizza; strawberry\nrocket; house; star\n",
    },
    "odd-a": {
        "folder": "tools/reference/bundles/odd-a",
        "image": (48, 80),
        "text": {"max_length": 11, "hidden": 40, "special_ids": [3, 7, 0, 9, 5]},
        "shift": 1.0,
        "transformer": {
            "precision": "bf16", "num_layers": 2, "num_single_layers": 1, "num_attention_heads": 3,
            "attention_head_dim": 20, "axes_dims_rope": [4, 8, 8], "guidance_embeds": False,
        },
        "vae": {
            "precision": "bf16", "latent_channels": 8, "encoder_width": 12, "decoder_width": 20,
            "num_encoder_blocks": [2, 1, 1, 2], "num_decoder_blocks": [2, 1, 0, 1],
            "scaling_factor": 1.5, "shift_factor": -0.2,
        },
        "towers": {
            "clip": {
                "precision": "bf16", "hidden_size": 36, "intermediate_size": 90, "num_hidden_layers": 3,
                "num_attention_heads": 3, "image_size": 56, "patch_size": 14, "projection_dim": 20,
                "hidden_act": "quick_gelu",
            },
        },
    },
    "odd-b": {
        "folder": "tools/reference/bundles/odd-b",
        "image": (56, 40),
        "text": {"max_length": 16, "hidden": 36, "special_ids": [0, 2, 4, 6, 8]},
        "shift": 3.0,
        "transformer": {
            "precision": "f32", "num_layers": 1, "num_single_layers": 2, "num_attention_heads": 5,
            "attention_head_dim": 10, "axes_dims_rope": [2, 2, 6], "guidance_embeds": True,
            "max_shard_size": "400KB",
        },
        "vae": {
            "precision": "f16", "latent_channels": 4, "encoder_width": 10, "decoder_width": 14,
            "num_encoder_blocks": [1, 2, 1], "num_decoder_blocks": [1, 2, 1],
            "scaling_factor": 0.36, "shift_factor": 0.11,
        },
        "towers": {
            "clip": {
                "precision": "f32", "hidden_size": 40, "intermediate_size": 70, "num_hidden_layers": 1,
                "num_attention_heads": 5, "image_size": 40, "patch_size": 8, "projection_dim": 12,
                "hidden_act": "gelu",
            },
            "preference": {
                "precision": "f16", "hidden_size": 24, "intermediate_size": 50, "num_hidden_layers": 2,
                "num_attention_heads": 3, "image_size": 64, "patch_size": 16, "projection_dim": 14,
                "hidden_act": "quick_gelu", "layer_norm_eps": 1e-6,
            },
        },
        "aesthetic": {"backbone": "preference", "hidden": 7},
        "listed_files": False,
    },
    # FLUX.2 with TAEF2 and statistics of the latents in place of scaling and shift.
    "klein": {
        "folder": "tools/reference/bundles/klein",
        "image": (32, 48),
        "text": {"max_length": 9, "hidden": 24, "special_ids": [0, 1, 2, 3, 4]},
        "scheduler": {"shift": 3.0, "use_dynamic_shifting": True},
        "transformer": {
            "class": Flux2Transformer2DModel, "precision": "bf16", "num_layers": 1, "num_single_layers": 1,
            "num_attention_heads": 2, "attention_head_dim": 16, "axes_dims_rope": [4, 4, 4, 4], "mlp_ratio": 2.5,
            "guidance_embeds": False,
        },
        "vae": {
            "precision": "f16", "latent_channels": 8, "encoder_width": 8, "decoder_width": 8,
            "num_encoder_blocks": [1, 1, 1, 2], "num_decoder_blocks": [2, 1, 1, 1],
            "scaling_factor": 1.0, "shift_factor": 0.0, "use_midblock_gn": True, "batch_norm_eps": 1e-4,
        },
        "towers": {
            "clip": {
                "precision": "f16", "hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 1,
                "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "projection_dim": 12,
                "hidden_act": "gelu",
            },
        },
        "listed_files": False,
    },
}  # fmt: skip


class Weights:
    """Uniform numbers of a given standard deviation, one PCG64 stream a tensor name."""

    def __init__(self, name):
        self.name = name

    def uniform(self, key, shape, deviation):
        rng = np.random.Generator(np.random.PCG64([zlib.crc32(self.name.encode()), zlib.crc32(key.encode())]))
        values = (rng.random(tuple(shape)) * 2 - 1) * (np.sqrt(3.0) * deviation)
        return torch.from_numpy(values.astype(np.float32))

    def fill(self, part, model, gain):
        """Overwrites every parameter: matrices with deviation gain(name)/√fan_in, norm weights about 1,
        biases and embeddings small."""
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                key, shape = f"{part}.{name}", parameter.shape
                if parameter.ndim >= 2 and "position_embedding" not in name:
                    fan_in = parameter[0].numel()
                    parameter.copy_(self.uniform(key, shape, gain(name) / np.sqrt(fan_in)))
                elif ("norm" in name or ".pool." in name) and name.endswith("weight"):
                    parameter.copy_(1 + self.uniform(key, shape, 0.15))
                else:
                    parameter.copy_(self.uniform(key, shape, 0.1))


def make_transformer(weights, spec, text_hidden, latent_channels, folder):
    settings = {k: v for k, v in spec.items() if k not in ("precision", "max_shard_size", "class")}
    kind = spec.get("class", FluxTransformer2DModel)
    if kind is FluxTransformer2DModel:
        settings["pooled_projection_dim"] = text_hidden
    model = kind(in_channels=4 * latent_channels, joint_attention_dim=text_hidden, **settings)
    small = ("norm", "modulation")
    weights.fill("transformer", model, lambda name: 0.5 if any(s in name for s in small) or name.startswith("proj_out") else 1.0)
    model.to(PRECISIONS[spec["precision"]]).save_pretrained(folder, max_shard_size=spec.get("max_shard_size", "10GB"))


def make_vae(weights, spec, folder):
    stages = len(spec["num_decoder_blocks"])
    model = AutoencoderTiny(
        encoder_block_out_channels=[spec["encoder_width"]] * stages,
        decoder_block_out_channels=[spec["decoder_width"]] * stages,
        num_encoder_blocks=spec["num_encoder_blocks"],
        num_decoder_blocks=spec["num_decoder_blocks"],
        latent_channels=spec["latent_channels"],
        scaling_factor=spec["scaling_factor"],
        shift_factor=spec["shift_factor"],
    )
    extras = {k: spec[k] for k in ("use_midblock_gn", "batch_norm_eps") if k in spec}
    extend(model, **extras).register_to_config(**extras)
    last = f"decoder.layers.{len(model.decoder.layers) - 1}"

    def gain(name):
        if name.startswith(last):
            return 0.2
        return 0.5 if ".conv." in name else 1.3

    weights.fill("vae", model, gain)
    with torch.no_grad():  # pictures about middle grey, mostly inside (0, 1)
        model.decoder.layers[-1].bias.add_(0.5)
        if "batch_norm_eps" in extras:
            channels = (4 * spec["latent_channels"],)
            model.bn.running_mean.copy_(weights.uniform("vae.bn.mean", channels, 0.5))
            model.bn.running_var.copy_(1 + weights.uniform("vae.bn.var", channels, 0.4))
    model.to(PRECISIONS[spec["precision"]]).save_pretrained(folder)


def make_tower(weights, name, spec, text_hidden, folder):
    settings = {k: v for k, v in spec.items() if k != "precision"}
    model = CLIPVisionModelWithProjection(CLIPVisionConfig(**settings))
    weights.fill(name, model, lambda parameter: 2.0)
    precision = PRECISIONS[spec["precision"]]
    model.to(precision).save_pretrained(folder)
    projection = weights.uniform(f"{name}.text", (spec["projection_dim"], text_hidden), 1 / np.sqrt(text_hidden))
    save_file(
        {"text_projection.weight": projection.to(precision), "logit_scale": torch.tensor([3.0])},
        folder / "text_projection.safetensors",
    )


def make_aesthetic(weights, spec, projection_dim, folder):
    folder.mkdir(parents=True)
    hidden = spec["hidden"]
    save_file(
        {
            "0.weight": weights.uniform("aesthetic.0.weight", (hidden, projection_dim), 1.0),
            "0.bias": weights.uniform("aesthetic.0.bias", (hidden,), 0.3),
            "2.weight": weights.uniform("aesthetic.2.weight", (1, hidden), 1.0),
            "2.bias": torch.tensor([5.0]),
        },
        folder / "head.safetensors",
    )
    _write_json(
        folder / "config.json",
        {
            "backbone": spec["backbone"],
            "head": [f"linear {projection_dim}→{hidden}", "gelu", f"linear {hidden}→1"],
            "input": "normalised image embedding",
            "range": [0, 10],
        },
    )


def make_bundle(name, spec, folder):
    """Writes a whole bundle into an empty folder."""
    weights = Weights(name)
    text = spec["text"]
    make_transformer(weights, spec["transformer"], text["hidden"], spec["vae"]["latent_channels"], folder / "transformer")
    make_vae(weights, spec["vae"], folder / "vae")
    scheduler = spec.get("scheduler", {"shift": spec.get("shift")})
    FlowMatchEulerDiscreteScheduler(**scheduler).save_pretrained(folder / "scheduler")
    vocabulary = save_tokenizer(folder / "tokenizer", text["max_length"], text["special_ids"])
    save_text_encoder(weights, folder / "text_encoder", len(vocabulary), text["max_length"], text["hidden"])
    for tower, settings in spec["towers"].items():
        make_tower(weights, tower, settings, text["hidden"], folder / "rewards" / tower)
    rewards = list(spec["towers"])
    if "aesthetic" in spec:
        backbone = spec["towers"][spec["aesthetic"]["backbone"]]
        make_aesthetic(weights, spec["aesthetic"], backbone["projection_dim"], folder / "rewards/aesthetic")
        rewards.append("aesthetic")

    about = {
        "name": name,
        "version": 1,
        "image": {"width": spec["image"][0], "height": spec["image"][1]},
        "text": {"max_length": text["max_length"]},
        "rewards": rewards,
    }
    if "words" in spec:
        (folder / "words.txt").write_text(spec["words"])
        about |= {"words": "words.txt"}
    if spec.get("listed_files", True):
        about |= {"licence": "MIT", "attribution": ["random weights, made by tools/reference/make_bundle.py, MIT"]}
        about["files"] = {
            str(path.relative_to(folder)): {
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    _write_json(folder / "bundle.json", about)


def differences(made, kept):
    """Relative paths that are missing on one side or differ."""
    names = {p.relative_to(root) for root in (made, kept) for p in root.rglob("*") if p.is_file()}
    return sorted(
        str(n)
        for n in names
        if not (made / n).exists() or not (kept / n).exists() or not filecmp.cmp(made / n, kept / n, shallow=False)
    )


def _write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def main():
    quiet()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for name in args.names or SPECS:
        if name not in SPECS:
            sys.exit(f"no bundle is called '{name}'; there are {', '.join(SPECS)}.")
        spec = SPECS[name]
        target = args.root / spec["folder"]
        with tempfile.TemporaryDirectory() as temporary:
            made = Path(temporary)
            make_bundle(name, spec, made)
            if args.check:
                if wrong := differences(made, target):
                    sys.exit(f"{name}: what make_bundle.py makes differs from {target} in {', '.join(wrong)}.")
                print(f"{name}: made again, byte for byte")
                continue
            for path in sorted(made.rglob("*")):
                if path.is_file():
                    copy = target / path.relative_to(made)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(path.read_bytes())
            print(f"{target}: {sum(p.stat().st_size for p in target.rglob('*') if p.is_file()):,} bytes")


if __name__ == "__main__":
    main()
