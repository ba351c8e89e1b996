"""DRaFT-K (arXiv 2309.17400): the last K Euler steps are differentiated, the network's inputs included in the chain."""

import torch

from ..checks import integer
from .method import Method, Result


def complaint(run):
    k, steps = run["options"]["k"], run["rollout"]["steps"]
    return f'"options.k" is {k}, expected at most "rollout.steps", which is {steps}.' if k > steps else None


def step(frame, plan):
    first = frame.steps - frame.options["k"]
    start = frame.rollout(first)[-1]
    finished = []
    for rows in frame.slices():
        x = start[rows]
        for i in range(first, frame.steps):
            x = x + frame.delta(i) * frame.velocity(x, frame.sigmas[i], rows)
        finished.append(x.detach())
        frame.backward(frame.loss(x, rows))
    return Result(torch.cat(finished))


METHOD = Method("draft", step, options={"k": (integer(1, 8), 1)}, complaint=complaint)
