"""GRPO with steps a ≤ i < b of the rollout stochastic: Flow-GRPO's SDE (arXiv 2505.05470) or DanceGRPO's
(arXiv 2505.07818), a window as in MixGRPO (arXiv 2507.21802). The first inner pass, so ρ = 1."""

import math

import torch


def transition(frame, i, x, v):
    """Mean μ and diffusion g of step i: x' = μ + g·sqrt(−Δ)·z."""
    sigma, delta = frame.sigmas[i], frame.delta(i)
    sde = frame.options.get("sde", "flow")
    eta = frame.options.get("eta", {"flow": 0.7, "dance": 0.3}[sde])
    if sde == "flow":
        g = eta * math.sqrt(sigma / (1 - (frame.sigmas[1] if i == 0 else sigma)))
        mean = x * (1 + g**2 * delta / (2 * sigma)) + v * (1 + g**2 * (1 - sigma) / (2 * sigma)) * delta
    else:
        g = eta
        score = -(x - (1 - sigma) * (x - sigma * v)) / sigma**2
        mean = x + v * delta - 0.5 * g**2 * score * delta
    return mean, g


def log_probability(following, mean, deviation):
    """Mean over a row's elements of the Gaussian log-density."""
    elements = -((following - mean) ** 2) / (2 * deviation**2) - math.log(deviation) - 0.5 * math.log(2 * math.pi)
    return elements.flatten(1).mean(1)


def step(frame, plan):
    a, b = plan["window"]
    clip, kl = frame.options.get("clip", 1e-4), frame.options.get("kl", 0)
    x, seen, out = frame.noise, {}, {}
    for i in range(frame.last + 1):
        if not a <= i < b:
            x = x + frame.delta(i) * frame.guided(x, frame.sigmas[i])
            continue
        with torch.no_grad():
            mean, g = transition(frame, i, x, frame.velocity(x, frame.sigmas[i]))
            deviation = g * math.sqrt(-frame.delta(i))
            following = mean + deviation * frame.extra["sde"][i - a]
            seen[i] = (x, following, log_probability(following, mean, deviation), g, deviation)
        x = following
    advantage, reward = frame.advantages(frame.bundle.decode(x).detach())

    loss = 0
    for i, (at, following, old, g, deviation) in seen.items():
        mean, _ = transition(frame, i, at, frame.velocity(at, frame.sigmas[i]))
        new = log_probability(following, mean, deviation)
        ratio = (new - old).exp()
        part = torch.maximum(-advantage * ratio, -advantage * ratio.clamp(1 - clip, 1 + clip)).mean()
        if kl:
            with torch.no_grad(), frame.lora.off():
                base, _ = transition(frame, i, at, frame.velocity(at, frame.sigmas[i]))
            part = part + kl * ((mean - base) ** 2).mean() / (2 * g**2)
        part = part / len(seen)
        part.backward()
        loss = loss + part.detach()
        out |= {f"x.{i}": at, f"mean.{i}": mean, f"next.{i}": following, f"logp.{i}": new}
    return out | {"x0": x, "advantage": advantage, "reward": reward, "loss": loss}
