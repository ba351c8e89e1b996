"""Writes the golden values that the engine is compared with, or proves that they are reproducible.

    python golden.py [NAME …] [--check]

golden/NAME holds `run.json`, `noise.safetensors`, `lora.safetensors`, `meta.json` (bundle, sigma
index, texts) and `expected.safetensors`: what probe.py writes, and beside it
  text.tokens, text.pooled              for meta's `texts`
  block.transformer_blocks.i.hidden     image tokens after a double block   } denoise branch,
  block.transformer_blocks.i.encoder    text tokens after it                } row 0: [1, tokens,
  block.single_transformer_blocks.i     text then image tokens              } inner]
  vae.latents                           the encoder's raw output for image.denoise, row 0
Inputs are exact on every machine; results are computed in f64 wherever the libraries do not force
f32, stored as f32, and --check allows what the engine is held to: a relative L2 difference of 1e-4 a value, 1e-3 the
gradient of all factors as one, 3e-3 that of any one. Processors differ by less.
"""

import argparse
import json
import sys
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, load_file, save

from bundle import Bundle
from lora import Lora, target_linears
from probe import branch_sigmas, probe

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
# What the libraries force to f32 and the text encoder's int8 kernels depend on the processor: up to 1e-5 was seen in a value,
# 1e-4 in a gradient. Allowed is what the engine is held to: values, the gradient of all factors as one, that of any one.
TOLERANCE = 1e-4
GRADIENT_TOLERANCE = 1e-3
FACTOR_TOLERANCE = 3e-3
LONG_TEXT = "a very old glossy red rocket and a green penguin, a fox, a moon and 3d star signs of the house"

DEFAULT_RUN = {
    "version": 1,
    "method": "srpo",
    "seed": 7,
    "steps": 40,
    "batch": 2,
    "prompts": ["cat face", "red apple"],
    "images": None,
    "lora": {"rank": 8, "alpha": 8, "targets": ["attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"]},
    "optimizer": {"learningRate": 0.001, "weightDecay": 0.0001, "clipNorm": 1.0},
    "rollout": {"steps": 4, "guidance": 3.5},
    "timesteps": {"sigmaMin": 0.70, "sigmaMax": 0.96, "count": 1000, "step": 100},
    "reward": {
        "model": "clip",
        "positive": ["3d render"],
        "negative": ["pencil sketch", "flat design"],
        "kappaDenoise": [0.1, 0.25],
        "kappaInversion": [0.3, 0.01],
        "margin": 0.7,
    },
}

# Every kind of linear that a block has, by the names a run file takes.
EVERY_LINEAR = [
    "norm1.linear", "norm1_context.linear", "norm.linear", "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0",
    "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out", "ff.net.0.proj", "ff.net.2",
    "ff_context.net.0.proj", "ff_context.net.2", "proj_mlp", "proj_out",
]  # fmt: skip
EVERY_FLUX2_LINEAR = [
    "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out", "ff.linear_in",
    "ff.linear_out", "ff_context.linear_in", "ff_context.linear_out", "to_qkv_mlp_proj", "attn.to_out",
]  # fmt: skip

SPECS = {
    "mini-flux": {
        "bundle": "public/bundles/mini-flux", "pictures": 2, "sigma_index": 310, "blocks": True,
        "run": {"lora": {"rank": 4, "alpha": 4, "targets": EVERY_LINEAR}},
    },
    "mini-flux-mixture": {
        "bundle": "public/bundles/mini-flux", "pictures": 1, "sigma_index": 50, "blocks": False,
        "run": {
            "prompts": ["penguin"],
            "lora": {"rank": 4, "alpha": 4},
            "reward": {"model": {"clip": 1, "preference": 0.5, "aesthetic": 0.5}},
        },
    },
    "nano": {
        "bundle": "public/bundles/nano", "pictures": 2, "sigma_index": 700, "blocks": True,
        "run": {"lora": {"rank": 4, "alpha": 4}},
    },
    "odd-a": {
        "bundle": "tools/reference/bundles/odd-a", "pictures": 3, "sigma_index": 34, "blocks": True,
        "run": {
            "prompts": ["cat face", "red apple", "a glossy penguin!"],
            "lora": {"rank": 3, "alpha": 6, "targets": ["to_q", "attn.to_v", "proj_mlp", "ff_context.net.2"]},
            "rollout": {"steps": 5, "guidance": 2.5},
            "timesteps": {"sigmaMin": 0.5, "sigmaMax": 0.9, "count": 40, "step": 9},
        },
    },
    "odd-b": {
        "bundle": "tools/reference/bundles/odd-b", "pictures": 2, "sigma_index": 90, "blocks": True,
        "run": {
            "prompts": ["house", "old rocket"],
            "lora": {
                "rank": 5, "alpha": 5,
                "targets": [
                    "norm1.linear", "norm1_context.linear", "norm.linear", "attn.to_k", "add_q_proj", "add_v_proj",
                    "to_out.0", "to_add_out", "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "proj_mlp",
                    "proj_out",
                ],
            },
            "rollout": {"steps": 3, "guidance": 4.0},
            "timesteps": {"sigmaMin": 0.3, "sigmaMax": 0.95, "count": 200, "step": 50},
            "reward": {"model": {"clip": 1, "preference": 0.5, "aesthetic": 0.5}, "margin": 0.4},
        },
    },
    "klein": {
        "bundle": "tools/reference/bundles/klein", "pictures": 2, "sigma_index": 60, "blocks": False,
        "run": {
            "lora": {"rank": 3, "alpha": 3, "targets": EVERY_FLUX2_LINEAR},
            "rollout": {"steps": 4, "guidance": 4.0},
            "timesteps": {"sigmaMin": 0.5, "sigmaMax": 0.95, "count": 100, "step": 20},
        },
    },
}  # fmt: skip


def merged(base, changes):
    """base with changes laid over it, nested tables key by key (but `model` as a whole)."""
    return base | {
        k: merged(base[k], v) if isinstance(v, dict) and isinstance(base.get(k), dict) else v
        for k, v in changes.items()
    }


def run_of(spec):
    return merged(DEFAULT_RUN | {"bundle": Path(spec["bundle"]).name}, spec["run"])


def texts_of(run):
    """The texts whose encodings are kept: prompts, both words before each, none, and one too long."""
    settings = run["reward"]
    words = [settings["positive"][0], settings["negative"][0]]
    return [*run["prompts"], *(f"{w}. {p}" for w in words for p in run["prompts"]), "", LONG_TEXT]


def uniforms(name, key, shape):
    """Uniform numbers in [0, 1) from a PCG64 stream of their own, float64."""
    return np.random.Generator(np.random.PCG64([zlib.crc32(name.encode()), zlib.crc32(key.encode())])).random(shape)


def noise_of(name, spec, bundle):
    """Nearly Gaussian noise [n, tokens, channels]: sums of twelve uniform numbers, exact everywhere."""
    shape = (spec["pictures"], bundle.grid[0] * bundle.grid[1], bundle.channels)
    return {"noise": torch.from_numpy(uniforms(name, "noise", (12, *shape)).sum(0) - 6).float()}


def lora_of(name, run, bundle):
    """An adapter file with A and B both random: with B = 0 every gradient of A would vanish."""
    rank = run["lora"]["rank"]
    tensors = {}
    for linear_name, linear in target_linears(bundle.transformer, run["lora"]["targets"]).items():
        for part, shape, deviation in (
            ("A", (rank, linear.in_features), 1 / np.sqrt(linear.in_features)),
            ("B", (linear.out_features, rank), 0.1),
        ):
            key = f"transformer.{linear_name}.lora_{part}.weight"
            values = (uniforms(name, key, shape) * 2 - 1) * (np.sqrt(3.0) * deviation)
            tensors[key] = torch.from_numpy(values).float()
    return tensors


@torch.no_grad()
def block_outputs(bundle, run, m, x_s):
    """Every block's output for x_s [1, tokens, channels] of the denoise branch at table index m."""
    out, hooks = {}, []

    def keep_double(index):
        def hook(_, __, output):
            out[f"block.transformer_blocks.{index}.encoder"] = output[0]
            out[f"block.transformer_blocks.{index}.hidden"] = output[1]

        return hook

    def keep_single(index):
        return lambda _, __, output: out.update({f"block.single_transformer_blocks.{index}": torch.cat(output, 1)})

    for i, block in enumerate(bundle.transformer.transformer_blocks):
        hooks.append(block.register_forward_hook(keep_double(i)))
    for i, block in enumerate(bundle.transformer.single_transformer_blocks):
        hooks.append(block.register_forward_hook(keep_single(i)))
    tokens, pooled = bundle.encode_text(run["prompts"][:1])
    sigma_s, _, _ = branch_sigmas(run["timesteps"], m)["denoise"]
    bundle.velocity(x_s.to(bundle.dtype), sigma_s, tokens, pooled, run["rollout"]["guidance"])
    for hook in hooks:
        hook.remove()
    return out


def make_golden(name, spec, dtype=torch.float64):
    """The files of one golden folder: {file name: bytes}."""
    run = run_of(spec)
    texts = texts_of(run)
    bundle = Bundle(ROOT / spec["bundle"], dtype)
    noise, adapter = noise_of(name, spec, bundle), lora_of(name, run, bundle)
    files = {
        "run.json": _json(run),
        "meta.json": _json({"bundle": spec["bundle"], "sigmaIndex": spec["sigma_index"], "texts": texts}),
        "noise.safetensors": save(noise),
        "lora.safetensors": save(adapter, {"format": "pt"}),
    }
    lora = Lora(bundle.transformer, adapter, run["lora"]["targets"], run["lora"]["alpha"])
    expected = probe(bundle, run, noise["noise"], spec["sigma_index"], lora)
    expected["text.tokens"], expected["text.pooled"] = bundle.encode_text(texts)
    expected["vae.latents"] = bundle.encode_image(expected["image.denoise"][:1].to(dtype))
    if spec["blocks"]:
        expected |= block_outputs(bundle, run, spec["sigma_index"], expected["x_s.denoise"][:1])
    files["expected.safetensors"] = save({k: v.detach().float().contiguous() for k, v in expected.items()})
    return files


def complaint(folder, files):
    """A sentence on the first difference between what was made and what is checked in, or None."""
    for name, made in files.items():
        path = folder / name
        if not path.exists():
            return f"{path} is missing; run golden.py."
        if name != "expected.safetensors":
            if path.read_bytes() != made:
                return f"{path} is not what golden.py makes."
            continue
        kept, made = load_file(path), load(made)
        if kept.keys() != made.keys():
            return f"{path}: its names differ from what golden.py makes: {sorted(kept.keys() ^ made.keys())}."
        for key in kept:
            if kept[key].shape != made[key].shape:
                return f"{path}: {key} has shape {list(kept[key].shape)}, golden.py makes {list(made[key].shape)}."
            allowed = FACTOR_TOLERANCE if key.startswith("grad.") else TOLERANCE
            if (error := relative_l2(made[key], kept[key])) > allowed:
                return f"{path}: {key} differs by {error:.1e} (relative L2), {allowed:.0e} is allowed."
        if (error := relative_l2(whole_gradient(made), whole_gradient(kept))) > GRADIENT_TOLERANCE:
            return f"{path}: the whole gradient differs by {error:.1e} (relative L2), {GRADIENT_TOLERANCE:.0e} is allowed."
    return None


def whole_gradient(tensors):
    """The gradients of all factors as one vector; a single 0 where there are none."""
    gradients = [tensors[key].flatten() for key in sorted(tensors) if key.startswith("grad.")]
    return torch.cat(gradients) if gradients else torch.zeros(1)


def relative_l2(value, reference):
    """‖value − reference‖ / ‖reference‖; of two zero tensors 0."""
    difference = torch.linalg.vector_norm((value - reference).double())
    return (difference / torch.linalg.vector_norm(reference.double())).item() if difference > 0 else 0.0


def _json(value):
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for name in args.names or SPECS:
        if name not in SPECS:
            sys.exit(f"no golden is called '{name}'; there are {', '.join(SPECS)}.")
        folder = GOLDEN / name
        files = make_golden(name, SPECS[name])
        if args.check:
            if sentence := complaint(folder, files):
                sys.exit(sentence)
            print(f"{name}: reproduced")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        print(f"{folder}: {sum(len(c) for c in files.values()):,} bytes")


if __name__ == "__main__":
    main()
