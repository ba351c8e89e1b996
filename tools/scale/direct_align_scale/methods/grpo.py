"""GRPO with steps a ≤ i < b of the rollout stochastic: Flow-GRPO's SDE (arXiv 2505.05470) or DanceGRPO's (arXiv 2505.07818),
a window as in MixGRPO (arXiv 2507.21802).

    μ = x·(1 + g²Δ/(2σ)) + v·(1 + g²(1−σ)/(2σ))·Δ,  x' = μ + g√(−Δ)·z
    L = mean over rows and window steps of max(−A·ρ, −A·clip(ρ, 1 ± clip)) + kl·mean (μ − μ_base)²/(2g²)
"""

import math

import torch

from ..checks import choice, flag, integer, real
from .method import Method, Result

ETA = {"flow": 0.7, "dance": 0.3}


def complaint(run):
    steps = run["rollout"]["steps"]
    return f'"rollout.steps" is {steps}, expected at least 2 for method "grpo".' if steps < 2 else None


def draw(run, sigmas, update, random):
    """From the noise end, on by a step every `advance` updates; the rollout's last step is never in it."""
    steps = len(sigmas) - 2
    length = min(run["options"]["window"], steps)
    a = (update // run["options"]["advance"]) % (steps - length + 1)
    return {"window": [a, a + length]}


def transition(options, sigmas, i):
    """(coefficient of x, coefficient of v, g, g·√(−Δ)) of step i."""
    sigma, delta = sigmas[i], sigmas[i + 1] - sigmas[i]
    g = options["eta"]
    if options["sde"] == "flow":
        g *= math.sqrt(sigma / (1 - (sigmas[1] if i == 0 else sigma)))
    of_x = 1 + g**2 * delta / (2 * sigma)
    of_v = (1 + g**2 * (1 - sigma) / (2 * sigma)) * delta
    return of_x, of_v, g, g * math.sqrt(-delta)


def log_probability(following, mean, deviation):
    """Mean over a row's elements of the Gaussian log-density."""
    elements = -((following - mean) ** 2) / (2 * deviation**2) - math.log(deviation) - 0.5 * math.log(2 * math.pi)
    return elements.flatten(1).mean(1)


def step(frame, plan):
    a, b = plan["window"]
    options = frame.options
    clip, kl = options["clip"], options["kl"]
    x, window = frame.noise, {}
    for i in range(frame.steps):
        if not a <= i < b:
            x = x + frame.delta(i) * frame.still(x, frame.sigmas[i])
            continue
        of_x, of_v, _, deviation = transition(options, frame.sigmas, i)
        v = frame.still(x, frame.sigmas[i], guided=False)
        following = of_x * x + of_v * v + deviation * frame.extra["sde"][i - a]
        window[i] = (x, following)
        x = following
    advantage, spread = frame.advantages(x)
    # log-probabilities at the first pass, where ρ is 1 exactly.
    old = {}

    def one_pass():
        drift, clipped = 0.0, 0.0
        share = 1 / (frame.n * len(window))
        for i, (at, following) in window.items():
            of_x, of_v, g, deviation = transition(options, frame.sigmas, i)
            for rows in frame.slices():
                seen = at[rows]
                base = frame.still(seen, frame.sigmas[i], rows, guided=False, lora="none") if kl else None
                v = frame.velocity(seen, frame.sigmas[i], rows)
                mean = of_x * seen + of_v * v
                new = log_probability(following[rows], mean, deviation)
                known = old.setdefault((i, rows.start), new.detach())
                ratio = (new - known).exp()
                gain = advantage[rows]
                bounded = ratio.clamp(1 - clip, 1 + clip)
                loss = torch.maximum(-gain * ratio, -gain * bounded).sum()
                if kl:
                    off = ((mean - of_x * seen - of_v * base) ** 2).flatten(1).mean(1) / (2 * g**2)
                    drift += off.detach().sum().item() * share
                    loss = loss + kl * off.sum()
                clipped += ((gain * (ratio.detach() - bounded.detach())) > 0).sum().item() * share
                frame.backward(frame.counted(loss * share))
        return drift, clipped

    drift, clipped = one_pass()
    metrics = {"rewardSpread": spread, "kl": drift if kl else None, "clipped": clipped}
    return Result(x, metrics, again=one_pass)


METHOD = Method(
    "grpo",
    step,
    draw,
    options={
        "sde": (choice("flow", "dance"), "flow"),
        "eta": (real(1e-3, 2), lambda given: ETA.get(given.get("sde", "flow"), 0.7)),
        "window": (integer(1, 100), 4),
        "advance": (integer(1, 100_000), 5),
        "clip": (real(1e-8, 1), 1e-4),
        "kl": (real(0, 100), 0),
        "inner": (integer(1, 16), 1),
        "group": (integer(2, 256), 8),
        "sameNoise": (flag, True),
    },
    extra=lambda run, plan: {"sde": plan["window"][1] - plan["window"][0]},
    complaint=complaint,
    shares_noise=lambda run: run["options"]["sameNoise"],
    passes=lambda run: run["options"]["inner"],
)
