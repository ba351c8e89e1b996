"""ReFL (arXiv 2304.05977) on rectified flow: the reward sees x̂ = x_i − σ_i·v∇(x_i), x_i detached."""


def step(frame, plan):
    i = plan["step"]
    trajectory = frame.rollout()
    x, sigma = trajectory[i], frame.sigmas[i]
    v = frame.velocity(x, sigma)
    x0_hat = x - sigma * v
    image = frame.bundle.decode(x0_hat)
    reward, features = frame.reward(image)
    loss = frame.direct_loss(reward)
    loss.backward()
    return {
        "x0": trajectory[-1], "x": x, "v": v, "x0_hat": x0_hat, "image": image, "image_features": features,
        "reward": reward, "loss": loss,
    }  # fmt: skip
