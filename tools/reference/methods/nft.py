"""DiffusionNFT (arXiv 2509.16117): pictures of the old LoRA, and a pair of implicit velocities around it:

v⁺ = β·v + (1−β)·v_old, v⁻ = (1+β)·v_old − β·v; x̂± = x_t − σ·v±;
L = mean over rows and levels of 5·(r·L⁺ + (1−r)·L⁻)/β + kl·mean (v − v_base)².
"""

import torch


def step(frame, plan):
    beta, kl = frame.options.get("beta", 1), frame.options.get("kl", 1e-4)
    with frame.lora.like(frame.old):
        x0 = frame.rollout()[-1]
    advantage, reward = frame.advantages(frame.bundle.decode(x0).detach())
    share = (advantage / 10 + 0.5).clamp(0, 1)

    def error(x, sigma, v):
        """(x̂ − x0)², a row's mean, over a detached mean of |x̂ − x0|."""
        off = x - sigma * v - x0
        scale = off.detach().abs().flatten(1).mean(1).clamp(min=1e-5)
        return (off**2).flatten(1).mean(1) / scale

    loss, out = 0, {}
    for i in plan["steps"]:
        sigma = frame.sigmas[i]
        x = (1 - sigma) * x0 + sigma * frame.extra["target"]
        with torch.no_grad():
            with frame.lora.like(frame.old):
                v_old = frame.velocity(x, sigma)
            with frame.lora.off():
                v_base = frame.velocity(x, sigma)
        v = frame.velocity(x, sigma)
        good = error(x, sigma, beta * v + (1 - beta) * v_old)
        bad = error(x, sigma, (1 + beta) * v_old - beta * v)
        rows = 5 * (share * good + (1 - share) * bad) / beta + kl * ((v - v_base) ** 2).flatten(1).mean(1)
        part = rows.mean() / len(plan["steps"])
        part.backward()
        loss = loss + part.detach()
        out |= {f"x_t.{i}": x, f"v.{i}": v, f"v_old.{i}": v_old, f"v_base.{i}": v_base}
    return out | {"x0": x0, "advantage": advantage, "reward": reward, "loss": loss}
