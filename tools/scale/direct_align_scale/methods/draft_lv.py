"""DRaFT-LV (arXiv 2309.17400): x_N through its last step, and copies of it noised again to that step's level:

    x^(j) = (1−σ_l)·sg(x_N) + σ_l·ε_j,  x̂^(j) = x^(j) − σ_l·v∇(x^(j), σ_l),  l = N − 1
"""

import torch

from ..checks import integer
from .method import Method, Result


def step(frame, plan):
    last, copies = frame.steps - 1, frame.options["copies"]
    sigma, weight = frame.sigmas[last], 1 / (1 + copies)
    start = frame.rollout(last)[-1]
    finished = []
    for rows in frame.slices():
        x0 = start[rows] + frame.delta(last) * frame.velocity(start[rows], sigma, rows)
        finished.append(x0.detach())
        frame.backward(frame.loss(x0, rows, weight=weight))
        for j in range(copies):
            again = (1 - sigma) * finished[-1] + sigma * frame.extra["renoise"][j][rows]
            x_hat = again - sigma * frame.velocity(again, sigma, rows)
            frame.backward(frame.loss(x_hat, rows, weight=weight, key=f"copy {j}"))
    return Result(torch.cat(finished))


METHOD = Method(
    "draft-lv",
    step,
    options={"copies": (integer(0, 16), 2)},
    extra=lambda run, plan: {"renoise": run["options"]["copies"]},
)
