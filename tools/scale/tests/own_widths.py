"""One update of bases with FLUX.1-dev's and klein's own widths, random and cut to one block of each kind, in a process of its own.

    own_widths.py FOLDER FOLDER

Prints the process's largest memory in bytes after each.
"""

import json
import resource
import sys
from pathlib import Path

import torch
from accelerate.state import AcceleratorState
from diffusers import AutoencoderKL, AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler

from direct_align_scale.__main__ import main
from direct_align_scale.base import TRANSFORMERS
from direct_align_scale.shapes import KNOWN
from direct_align_scale.text import write_embeddings

from test_train import clip_folder

CUT = {"num_layers": 1, "num_single_layers": 1}
EVERY = {
    "flux1-dev": ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "to_add_out", "ff.net.2", "proj_mlp", "proj_out"],
    "flux2-klein-4b": ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "to_add_out", "linear_out", "to_qkv_mlp_proj", "attn.to_out"],
}  # fmt: skip
DECODERS = {"flux1-dev": (AutoencoderKL, 16), "flux2-klein-4b": (AutoencoderKLFlux2, 32)}
TEXTS = ["cat face", ""]


def filled(config):
    """A transformer in bf16 of numbers that repeat: drawing each would take longer than the update."""
    with torch.device("meta"):
        model = TRANSFORMERS[config["_class_name"]].from_config(config).to(torch.bfloat16)
    model = model.to_empty(device="cpu")
    some = torch.randn(1 << 20, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim < 2:
                parameter.fill_(1.0 if name.endswith("weight") else 0.0)
                continue
            values = (some / parameter.shape[1] ** 0.5).to(torch.bfloat16).repeat(-(-parameter.numel() // len(some)))
            parameter.copy_(values[: parameter.numel()].view_as(parameter))
    return model


def make(folder, name):
    transformer, _ = KNOWN[name]
    filled({**transformer, **CUT}).save_pretrained(folder / "transformer", max_shard_size="500MB")
    decoder, channels = DECODERS[name]
    decoder(
        block_out_channels=[8] * 4, down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=1, latent_channels=channels, norm_num_groups=4,
    ).save_pretrained(folder / "vae")  # fmt: skip
    FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15).save_pretrained(folder / "scheduler")
    clip_folder(folder / "rewards/hpsv2.1")
    pooled = transformer.get("pooled_projection_dim")
    write_embeddings(
        folder / "embeddings.safetensors",
        {t: (torch.randn(8, transformer["joint_attention_dim"]), None if pooled is None else torch.randn(pooled)) for t in TEXTS},
    )


def run(folder, name):
    run = {
        "version": 1, "steps": 1, "batch": 1, "prompts": TEXTS[:1], "rollout": {"steps": 1}, "samples": {"every": 100},
        "lora": {"rank": 4, "targets": EVERY[name]}, "reward": {"model": "hpsv2.1", "margin": 5},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run))
    given = {"--run": folder / "run.json", "--model": folder, "--out": folder / "out", "--size": "64x64"}
    return main([str(part) for pair in given.items() for part in pair])


if __name__ == "__main__":
    for name, folder in zip(KNOWN, map(Path, sys.argv[1:])):
        torch.manual_seed(3)
        make(folder, name)
        AcceleratorState._reset_state()
        if run(folder, name) != 0:
            sys.exit(1)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
