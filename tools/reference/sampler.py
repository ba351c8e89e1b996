"""The sampler: plain Euler steps from noise on a shifted sigma grid."""

import numpy as np
import torch


def sigmas(steps, shift):
    """shift(linspace(1, 0, steps + 1)), shift(t) = s·t / (1 + (s − 1)·t), in float64."""
    t = np.linspace(1.0, 0.0, steps + 1)
    return shift * t / (1 + (shift - 1) * t)


@torch.no_grad()
def sample(bundle, noise, prompts, steps=12, guidance=3.5):
    """x0 from packed noise [n, tokens, channels], one prompt a row.

    With `guidance_embeds` the guidance is the embedded scalar; without, classifier-free guidance
    v_u + G·(v − v_u) against the empty prompt.
    """
    tokens, pooled = bundle.encode_text(prompts)
    empty_tokens, empty_pooled = bundle.encode_text([""] * len(prompts))
    x = noise.to(bundle.dtype)
    grid = sigmas(steps, bundle.shift)
    for sigma, following in zip(grid[:-1], grid[1:]):
        v = bundle.velocity(x, sigma, tokens, pooled, guidance)
        if not bundle.has_guidance:
            unconditional = bundle.velocity(x, sigma, empty_tokens, empty_pooled, guidance)
            v = unconditional + guidance * (v - unconditional)
        x = x + (following - sigma) * v
    return x
