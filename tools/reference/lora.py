"""LoRA on the transformer's linears, as forward hooks: y = W x + b + (alpha / rank) · B A x."""

import re
from contextlib import contextmanager

import torch

BLOCKS = ("transformer_blocks.", "single_transformer_blocks.")


def target_linears(transformer, targets):
    """{diffusers' name: linear} for every linear inside the blocks whose name ends, at a dot, with a
    target. The model's last `proj_out` lies outside the blocks and never matches."""
    linears = {
        name: module
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and name.startswith(BLOCKS)
    }
    for target in targets:
        if not any(f".{name}".endswith(f".{target}") for name in linears):
            raise SystemExit(f"LoRA target '{target}' matches no linear of the transformer's blocks.")
    return {n: m for n, m in linears.items() if any(f".{n}".endswith(f".{t}") for t in targets)}


class Lora:
    """A and B of every target, from an adapter file's tensors, attached to the transformer.

    The file's scale is folded into its B (its alpha is its rank, whatever the run's). Where the
    run's alpha differs from the rank, the internal B is the file's B × rank/alpha, applied with scale
    alpha/rank; gradients are those of the internal B.
    """

    def __init__(self, transformer, file, targets, alpha, attach=True):
        linears = target_linears(transformer, targets)
        dtype = next(transformer.parameters()).dtype
        expected = {f"transformer.{name}.lora_{p}.weight" for name in linears for p in "AB"}
        if set(file) != expected:
            raise SystemExit(f"The adapter's tensors are not those of the run's targets: {sorted(set(file) ^ expected)}.")
        self.parameters = {}
        self._switch = {"on": True, "other": None}
        for name, linear in linears.items():
            a = file[f"transformer.{name}.lora_A.weight"].to(dtype)
            b = file[f"transformer.{name}.lora_B.weight"].to(dtype)
            rank = len(a)
            a, b = a.requires_grad_(), (b * (rank / alpha)).requires_grad_()
            self.parameters[f"{name}.lora_A.weight"] = a
            self.parameters[f"{name}.lora_B.weight"] = b
            if attach:
                linear.register_forward_hook(self._adapter(name, alpha / rank))

    def _adapter(self, name, scale):
        def hook(_, inputs, output):
            if not self._switch["on"]:
                return output
            factors = (self._switch["other"] or self).parameters
            a, b = factors[f"{name}.lora_A.weight"], factors[f"{name}.lora_B.weight"]
            return output + scale * (inputs[0] @ a.T) @ b.T

        return hook

    @contextmanager
    def off(self):
        """The base alone, inside a `with`."""
        self._switch["on"] = False
        try:
            yield
        finally:
            self._switch["on"] = True

    @contextmanager
    def like(self, other):
        """With the factors of another Lora (not attached itself) of the same targets, inside a `with`; None: its own."""
        self._switch["other"] = other
        try:
            yield
        finally:
            self._switch["other"] = None

    @classmethod
    def of_snapshot(cls, transformer, parameters, targets, rank, alpha):
        """The LoRA a run trains, from its snapshot: all factors in one flat tensor, linears in the order of their names,
        A [rank, in] before B [out, rank], each beginning at a multiple of 64. These are the run's own factors: the scale
        alpha/rank is not in B."""
        lora = cls.__new__(cls)
        lora.parameters, lora._switch, offset = {}, {"on": True, "other": None}, 0
        linears = target_linears(transformer, targets)
        for name in sorted(linears, key=_in_order):
            linear = linears[name]
            for part, shape in ("A", (rank, linear.in_features)), ("B", (linear.out_features, rank)):
                size = shape[0] * shape[1]
                lora.parameters[f"{name}.lora_{part}.weight"] = parameters[offset : offset + size].view(shape)
                offset += -(-size // 64) * 64
            linear.register_forward_hook(lora._adapter(name, alpha / rank))
        if offset != len(parameters):
            raise SystemExit(f"The snapshot has {len(parameters)} numbers, the run's targets take {offset}.")
        return lora

    def gradients(self):
        """{NAME.lora_A.weight: gradient, …} in the order of the transformer's modules; zeros where nothing leads
        to the loss, as from the text side of a last double block that no single block follows."""
        return {
            name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            for name, parameter in self.parameters.items()
        }


def _in_order(name):
    """Sorts names as the program does: "_" before ".", numbers by value."""
    return [
        (int(part) if part.isdigit() else -1, part.translate({ord("_"): 1, ord("."): 2})) for part in re.split(r"(\d+)", name)
    ]
