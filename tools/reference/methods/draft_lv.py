"""DRaFT-LV (arXiv 2309.17400): x_N through its last step, and `copies` of it noised again to that step's level:

x^(j) = (1−σ_l)·sg(x_N) + σ_l·ε_j,  x̂^(j) = x^(j) − σ_l·v∇(x^(j), σ_l),  l = N − 1.
"""

import torch


def step(frame, plan):
    copies = frame.options.get("copies", 2)
    sigma = frame.sigmas[frame.last]
    x = frame.rollout(frame.last)[-1]
    x0 = x + frame.delta(frame.last) * frame.velocity(x, sigma)
    seen = [x0]
    for noise in frame.extra["renoise"][:copies] if copies else []:
        again = (1 - sigma) * x0.detach() + sigma * noise
        seen.append(again - sigma * frame.velocity(again, sigma))
    reward, _ = frame.reward(frame.bundle.decode(torch.cat(seen)))
    loss = frame.direct_loss(reward)
    loss.backward()
    return {"x0": x0, "reward": reward[: len(x0)], "loss": loss}
