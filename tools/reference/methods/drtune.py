"""DRTune (arXiv 2405.00760) on rectified flow (arXiv 2606.11075): no gradient flows through the network's input, the active
steps have one, and the rollout stops at step e, from where x̂ = x_e − σ_e·v(x_e) is what the reward sees."""


def step(frame, plan):
    active, stop = plan["active"], plan["stop"]
    x, out = frame.noise, {}
    for i in range(stop + 1):
        seen = x.detach()
        v = (frame.velocity if i in active else frame.guided)(seen, frame.sigmas[i])
        if i in active:
            out |= {f"x.{i}": seen, f"v.{i}": v}
        x = x - frame.sigmas[i] * v if i == stop else x + frame.delta(i) * v
    image = frame.bundle.decode(x)
    reward, features = frame.reward(image)
    loss = frame.direct_loss(reward)
    loss.backward()
    return out | {"x0": x, "image": image, "image_features": features, "reward": reward, "loss": loss}
