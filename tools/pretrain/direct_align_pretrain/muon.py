"""Muon: momentum made orthogonal by Newton–Schulz iterations, for the matrices of a network.

torch.optim.Muon multiplies in bf16, one matrix after the other, which costs seconds a step on processors without such units.
"""

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonal(g, steps):
    """Matrices [n, rows, columns] with singular values near 1 and the singular vectors of `g`."""
    a, b, c = COEFFICIENTS
    wide = g.shape[1] <= g.shape[2]
    x = g if wide else g.mT
    x = x / x.flatten(1).norm(dim=1)[:, None, None].clamp(min=1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, scaled to the RMS of an AdamW step: 0.2 · sqrt(the longer side)."""

    def __init__(self, parameters, lr, momentum=0.95, steps=4):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "steps": steps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            same = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    same.setdefault(parameter.shape, []).append(parameter)
            for shape, parameters in same.items():
                moved = []
                for parameter in parameters:
                    state = self.state[parameter]
                    held = state.setdefault("momentum", torch.zeros_like(parameter))
                    held.lerp_(parameter.grad, 1 - group["momentum"])
                    moved.append(parameter.grad.lerp(held, group["momentum"]))
                updates = orthogonal(torch.stack(moved).float(), group["steps"])
                for parameter, update in zip(parameters, updates):
                    parameter.add_(update, alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)
