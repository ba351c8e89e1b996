"""FlowBP, sparse (arXiv 2606.11075): the reward sees the real x_N; dL/dv_i = c·Δ_i·dL/dx_N for the active steps, without
a chain, c = 1 + rescale·(Σ|Δ_all| / Σ_active|Δ_i| − 1)."""

import torch


def step(frame, plan):
    active = plan["active"]
    trajectory = frame.rollout()
    total = sum(abs(frame.delta(i)) for i in range(frame.last + 1))
    covered = sum(abs(frame.delta(i)) for i in active)
    c = 1 + frame.options.get("rescale", 1) * (total / covered - 1)

    x0 = trajectory[-1].clone().requires_grad_()
    image = frame.bundle.decode(x0)
    reward, features = frame.reward(image)
    loss = frame.direct_loss(reward)
    (upstream,) = torch.autograd.grad(loss, x0)
    out = {}
    for i in active:
        v = frame.velocity(trajectory[i], frame.sigmas[i])
        v.backward(c * frame.delta(i) * upstream)
        out |= {f"x.{i}": trajectory[i], f"v.{i}": v}
    return out | {"x0": x0, "image": image, "image_features": features, "reward": reward, "loss": loss}
