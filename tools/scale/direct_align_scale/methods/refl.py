"""ReFL (arXiv 2304.05977) on rectified flow: the reward sees x̂ = x_i − σ_i·v∇(x_i) at a late step i."""

import torch

from .method import Method, Result

LATE_SHARE = 0.44


def draw(run, sigmas, update, random):
    """i uniform over the last max(1, round(0.44 N)) indices."""
    steps = len(sigmas) - 1
    return {"step": int(random.integers(steps - max(1, int(LATE_SHARE * steps + 0.5)), steps))}


def step(frame, plan):
    sigma = frame.sigmas[plan["step"]]
    x = frame.rollout(plan["step"])[-1]
    seen = []
    for rows in frame.slices():
        x_hat = x[rows] - sigma * frame.velocity(x[rows], sigma, rows)
        seen.append(x_hat.detach())
        frame.backward(frame.loss(x_hat, rows))
    return Result(torch.cat(seen), {"sigma": sigma})


METHOD = Method("refl", step, draw)
