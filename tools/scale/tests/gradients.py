"""Writes the averaged, unclipped gradient of update 0 of every method, in f32 and in bf16; started in one process or in two.

    gradients.py OUT whole|sharded
"""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file, save_file

from direct_align_scale.base import Folder
from direct_align_scale.methods import METHODS
from direct_align_scale.run_file import parse_run_file
from direct_align_scale.out import Out
from direct_align_scale.processes import end, make_accelerator
from direct_align_scale.trainer import Trainer

from golden import GOLDEN
from programs import NANO, RUN

OPTIONS = {
    "grpo": {"group": 4, "window": 2, "kl": 0.1}, "nft": {"group": 4, "times": 2}, "draft": {"k": 2}, "flowbp": {"active": 2},
    "drtune": {"active": 2},
}  # fmt: skip
PRECISIONS = ("no", "bf16")
HALF = ("srpo", "draft", "nft")


def main(out, mode):
    found = {}
    for precision in PRECISIONS:
        os.environ["ACCELERATE_MIXED_PRECISION"] = precision
        AcceleratorState._reset_state()
        accelerator = make_accelerator(out, mode == "sharded", None)
        found |= {f"{precision} {name}": tensor for name, tensor in gradients(accelerator, out, mode).items()}
    if accelerator.is_main_process:
        save_file(found, out / f"{mode}-{accelerator.num_processes}.safetensors")
    accelerator.wait_for_everyone()
    end(accelerator)


def gradients(accelerator, out, mode):
    found = {}
    # In bf16 two processes take a few of them, each with something of its own: two branches, a chain, an old LoRA.
    few = accelerator.mixed_precision == "bf16" and accelerator.num_processes > 1
    for method in HALF if few else METHODS:
        run = parse_run_file(
            {**RUN, "method": method, "batch": 4, "options": OPTIONS.get(method, {}), "optimizer": {"clipNorm": 1e6}}
        )
        # The first rows of a slice on each process; the LoRA has values, else A would have no gradient.
        trainer = Trainer(accelerator, run, Folder(NANO), Out(out), sharded=mode == "sharded", at_once=2)
        trainer.adapter.load(trainer.adapter.from_file(load_file(GOLDEN / "nft-nano/lora.safetensors"), "the LoRA"))
        if trainer.adapter.old is not None:
            trainer.adapter.old = trainer.adapter.from_file(load_file(GOLDEN / "nft-nano/old.safetensors"), "the old LoRA")
        trainer.optimizer = SimpleNamespace(step=lambda: None)
        line = trainer.update(0)
        for name, factor in trainer.adapter.factors.items():
            found[f"{method} grad.{name}"] = factor.grad.clone()
        found[f"{method} loss"] = torch.tensor([line["loss"], line["reward"], line["gradNorm"], line["saturation"]])
        sharded = sum(hasattr(p, "to_local") for p in trainer.base.transformer.parameters())
        found[f"{method} sharded"] = torch.tensor([float(sharded)])
        found[f"{method} half"] = torch.tensor([float(trainer.base.transformer.x_embedder.weight.dtype is torch.bfloat16)])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
