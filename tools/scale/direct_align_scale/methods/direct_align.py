"""Direct-Align (arXiv 2509.06942), and the branches that SRPO has too.

    x_s = σ_s·ε + (1−σ_s)·x0,  x_r = x_s + (σ_r−σ_s)·v,  x̂0 = (x_r − σ_r·ε)/(1−σ_r)
    dL/dv = γ·dL/dx̂0, γ = (σ_r−σ_s)/(1−σ_r);  L = Σ_branches mean max(0, margin − r)/2
"""

from ..errors import UserError
from ..schedule import linspace
from .method import Method, Result

TABLE_MARGIN = 5


def draw(run, sigmas, update, random):
    """m uniform in [5, count − 5)."""
    return {"sigmaIndex": int(random.integers(TABLE_MARGIN, run["timesteps"]["count"] - TABLE_MARGIN))}


def levels(run, m):
    """{branch: (σ_s, σ_r, κ)} at table index m; index 0 is the least noise, k = min(step, count − 1 − m, m)."""
    table, reward = run["timesteps"], run["reward"]
    count = table["count"]
    if not 0 <= m < count:
        raise UserError(f'The sigma index is {m}, expected a whole number from 0 to {count - 1} ("timesteps.count" − 1).')

    def sigma(i):
        return linspace(table["sigmaMin"], table["sigmaMax"], count, i)

    if sigma(m) >= 1:
        raise UserError(f"The sigma index {m} has sigma 1, where nothing can be recovered: choose a smaller one.")
    k = min(table["step"], count - 1 - m, m)
    return {
        "denoise": (sigma(m + k), sigma(m), linspace(*reward["kappaDenoise"], count, m)),
        "inversion": (sigma(m - k), sigma(m), linspace(*reward["kappaInversion"], count, m - k)),
    }


def step_of(*branches):
    def step(frame, plan):
        m = plan["sigmaIndex"]
        at = levels(frame.run, m)
        x0 = frame.x0 if frame.x0 is not None else frame.rollout()[-1]
        metrics = {"sigmaIndex": m, "sigma": at["denoise"][1]}
        for branch in ("denoise", "inversion"):
            name = branch.capitalize()
            if branch not in branches:
                metrics |= {f"reward{name}": None, f"loss{name}": None}
                continue
            sigma_s, sigma_r, kappa = at[branch]
            before = frame.loss_sum
            for rows in frame.slices():
                noise = frame.noise[rows]
                x_s = sigma_s * noise + (1 - sigma_s) * x0[rows]
                x_r = x_s + (sigma_r - sigma_s) * frame.velocity(x_s, sigma_s, rows)
                x_hat = (x_r - sigma_r * noise) / (1 - sigma_r)
                swapped = branch == "inversion"
                loss = frame.loss(x_hat, rows, kappa=kappa, swapped=swapped, weight=0.5, key=branch)
                frame.backward(loss)
            metrics |= {f"reward{name}": frame.mean_reward(branch), f"loss{name}": frame.loss_sum - before}
        return Result(x0, metrics)

    return step


METHOD = Method("direct-align", step_of("denoise"), draw, takes_pictures=True)
