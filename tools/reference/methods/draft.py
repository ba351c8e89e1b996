"""DRaFT-K (arXiv 2309.17400): the last K Euler steps are differentiated, the network's inputs included in the chain."""


def step(frame, plan):
    k = frame.options.get("k", 1)
    first = frame.last + 1 - k
    x = frame.rollout(first)[-1]
    out = {}
    for i in range(first, frame.last + 1):
        v = frame.velocity(x, frame.sigmas[i])
        out |= {f"x.{i}": x, f"v.{i}": v}
        x = x + frame.delta(i) * v
    image = frame.bundle.decode(x)
    reward, features = frame.reward(image)
    loss = frame.direct_loss(reward)
    loss.backward()
    return out | {"x0": x, "image": image, "image_features": features, "reward": reward, "loss": loss}
