"""Noise levels of the rollout, from the scheduler's config."""

import math

from .errors import UserError


def linspace(low, high, count, i):
    """Entry i of linspace(low, high, count)."""
    return low if count == 1 else low + (high - low) * i / (count - 1)


def sigmas(config, steps, tokens, is_flux2=False):
    """steps + 1 levels from 1 to 0 of a FlowMatchEulerDiscreteScheduler's config.

    Static shift s: s·t / (1 + (s − 1)·t). Dynamic: e^μ/(e^μ + 1/t − 1), μ linear in image tokens between the config's two
    points (FLUX.1), or by tokens and steps as FLUX.2's pipeline has it.
    """
    grid = [1 - i / steps for i in range(steps + 1)]
    if not config.get("use_dynamic_shifting", False):
        shift = float(config.get("shift", 1.0))
        return [shift * t / (1 + (shift - 1) * t) for t in grid]
    if config.get("time_shift_type", "exponential") != "exponential":
        raise UserError(
            f'scheduler/scheduler_config.json: "time_shift_type" is "{config["time_shift_type"]}", expected "exponential".'
        )
    if is_flux2:
        from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

        mu = compute_empirical_mu(tokens, steps)
    else:
        low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
        base, most = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
        mu = base + (most - base) * (tokens - low) / (high - low)
    return [0.0 if t == 0 else math.exp(mu) / (math.exp(mu) + 1 / t - 1) for t in grid]
