"""The LoRA that is trained: PEFT's, on exactly the linears that the run file's targets match."""

import re
from contextlib import contextmanager

import numpy as np
import torch
from peft import LoraConfig

from .draw import FACTORS, stream
from .errors import UserError

NAME = "default"


def matched_linears(transformer, targets):
    """{diffusers' name: linear} for every linear inside the blocks whose name ends, at a dot, with a target."""
    linears = {
        name: module
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and re.match(r"(single_)?transformer_blocks\.\d+\.", name)
    }
    for target in targets:
        if not any(f".{name}".endswith(f".{target}") for name in linears):
            some = ", ".join(f'"{n.split(".", 2)[2]}"' for n in list(linears)[:4])
            raise UserError(
                f"The LoRA target \"{target}\" matches no linear of the transformer's blocks; there are for example {some}."
            )
    return {n: m for n, m in linears.items() if any(f".{n}".endswith(f".{t}") for t in targets)}


class Adapter:
    """Factors A [rank, in] and B [out, rank] of every matched linear; the update of a weight is (alpha/rank)·B·A.

    They are in f32 at least, whatever the base's weights are in, and the same on every process.
    """

    def __init__(self, transformer, run):
        self.rank, self.alpha = run["lora"]["rank"], run["lora"]["alpha"]
        linears = matched_linears(transformer, run["lora"]["targets"])
        transformer.requires_grad_(False)
        transformer.add_adapter(
            LoraConfig(r=self.rank, lora_alpha=self.alpha, target_modules=list(linears), lora_dropout=0.0, bias="none"),
            adapter_name=NAME,
        )
        self.linears = list(linears)
        self.layers = [transformer.get_submodule(name) for name in self.linears]
        self.factors = {}
        for name, layer in zip(self.linears, self.layers):
            for side, part in ("A", layer.lora_A[NAME]), ("B", layer.lora_B[NAME]):
                if part.weight.dtype not in (torch.float32, torch.float64):
                    part.weight.data = part.weight.data.float()
                self.factors[f"{name}.lora_{side}.weight"] = part.weight
        self._start(run["seed"])
        self.old = None

    def _start(self, seed):
        """As PEFT starts them: A uniform in ±1/√in, B zero; the same on every process."""
        random = stream(seed, FACTORS)
        for name, factor in self.factors.items():
            if factor.is_meta:
                continue
            if name.endswith("lora_B.weight"):
                factor.data.zero_()
                continue
            drawn = random.uniform(-1, 1, tuple(factor.shape)) / np.sqrt(factor.shape[1])
            factor.data.copy_(torch.from_numpy(drawn))

    @property
    def modules(self):
        """The modules that hold the factors, for what must leave them whole."""
        return [part for layer in self.layers for part in (layer.lora_A, layer.lora_B)]

    def values(self):
        return {name: factor.detach() for name, factor in self.factors.items()}

    @torch.no_grad()
    def load(self, values):
        for name, factor in self.factors.items():
            factor.copy_(values[name])

    def begin_old(self):
        """An old LoRA beside the trained one, equal to it at first."""
        self.old = {name: value.clone() for name, value in self.values().items()}

    @torch.no_grad()
    def follow(self, keeps):
        """old ← keeps·old + (1 − keeps)·trained."""
        for name, value in self.values().items():
            self.old[name].mul_(keeps).add_(value, alpha=1 - keeps)

    @contextmanager
    def holding(self, which):
        """Inside a `with` the transformer has the LoRA "own", "old" or "none"; the last two without a gradient only."""
        if which == "own":
            yield
            return
        if which == "none":
            others = {n: torch.zeros_like(f.data) for n, f in self.factors.items() if n.endswith("lora_B.weight")}
        else:
            others = self.old
        kept = {name: self.factors[name].data for name in others}
        for name, value in others.items():
            self.factors[name].data = value
        try:
            yield
        finally:
            for name, value in kept.items():
                self.factors[name].data = value

    def from_file(self, tensors, path):
        """The factors of an adapter file of the studio's: it means W + B·A, so B = file B × rank/alpha."""
        expected = {f"transformer.{name}" for name in self.factors}
        if missing := sorted(expected - set(tensors)):
            raise UserError(f'{path}: has no {missing[0]}, which the run\'s "lora.targets" name.')
        if more := sorted(set(tensors) - expected):
            raise UserError(f'{path}: {more[0]} is not among the run\'s "lora.targets".')
        values = {}
        for name, factor in self.factors.items():
            value = tensors[f"transformer.{name}"]
            if value.shape != factor.shape:
                raise UserError(
                    f"{path}: {name} has shape {list(value.shape)}, expected {list(factor.shape)}: another rank or base."
                )
            value = value.to(factor.dtype)
            values[name] = value * (self.rank / self.alpha) if name.endswith("lora_B.weight") else value
        return values

    def for_file(self):
        """{transformer.NAME.lora_A.weight: factor}, alpha/rank folded into B, f32 on the CPU."""
        scale = self.alpha / self.rank
        return {
            f"transformer.{name}": (value * scale if name.endswith("lora_B.weight") else value).float().cpu().contiguous()
            for name, value in self.values().items()
        }
