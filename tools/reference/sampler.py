"""The sampler: plain Euler steps from noise on a shifted sigma grid."""

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu


def sigmas(steps, shift):
    """shift(linspace(1, 0, steps + 1)), shift(t) = s·t / (1 + (s − 1)·t), in float64."""
    t = np.linspace(1.0, 0.0, steps + 1)
    return shift * t / (1 + (shift - 1) * t)


def sigmas_of(bundle, steps):
    """The bundle's grid for so many steps; a dynamic shift is diffusers' own."""
    config = bundle.scheduler
    if not config.get("use_dynamic_shifting", False):
        return sigmas(steps, float(config["shift"]))
    tokens = bundle.grid[0] * bundle.grid[1]
    points = [config[k] for k in ("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift")]
    mu = compute_empirical_mu(tokens, steps) if bundle.is_flux2 else calculate_shift(tokens, *points)
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(config)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
    return scheduler.sigmas.double().numpy()


@torch.no_grad()
def sample(bundle, noise, prompts, steps=12, guidance=3.5):
    """x0 from packed noise [n, tokens, channels], one prompt a row.

    With `guidance_embeds` the guidance is the embedded scalar; without, classifier-free guidance
    v_u + G·(v − v_u) against the empty prompt.
    """
    tokens, pooled = bundle.encode_text(prompts)
    empty_tokens, empty_pooled = bundle.encode_text([""] * len(prompts))
    x = noise.to(bundle.dtype)
    grid = sigmas_of(bundle, steps)
    for sigma, following in zip(grid[:-1], grid[1:]):
        v = bundle.velocity(x, sigma, tokens, pooled, guidance)
        if not bundle.has_guidance:
            unconditional = bundle.velocity(x, sigma, empty_tokens, empty_pooled, guidance)
            v = unconditional + guidance * (v - unconditional)
        x = x + (following - sigma) * v
    return x
