"""LeapAlign (arXiv 2604.15311, restated in arXiv 2606.11075): two leaps, x_a → x_b → x_N, that land where the rollout did;
of the second one's input, α is differentiated. Without the paper's weight of a leap's likeness to the rollout."""


def landing(leap, point):
    """The value of `point` with the gradient of `leap`."""
    return leap + (point - leap).detach()


def step(frame, plan):
    a, b = plan["leaps"]
    alpha = frame.options.get("alpha", 0.3)
    trajectory = frame.rollout()
    sigma_a, sigma_b = frame.sigmas[a], frame.sigmas[b]
    v_a = frame.velocity(trajectory[a], sigma_a)
    x_b = landing(trajectory[a] + (sigma_b - sigma_a) * v_a, trajectory[b])
    v_b = frame.velocity(alpha * x_b + (1 - alpha) * x_b.detach(), sigma_b)
    x0 = landing(x_b - sigma_b * v_b, trajectory[-1])
    image = frame.bundle.decode(x0)
    reward, features = frame.reward(image)
    loss = frame.direct_loss(reward)
    loss.backward()
    return {
        f"x.{a}": trajectory[a], f"v.{a}": v_a, f"x.{b}": trajectory[b], f"v.{b}": v_b,
        "x0": x0, "image": image, "image_features": features, "reward": reward, "loss": loss,
    }  # fmt: skip
