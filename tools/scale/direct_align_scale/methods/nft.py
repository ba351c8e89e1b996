"""DiffusionNFT (arXiv 2509.16117): pictures of the old LoRA, and a pair of implicit velocities around it:

    v⁺ = β·v + (1−β)·v_old,  v⁻ = (1+β)·v_old − β·v,  x̂± = x_t − σ·v±,  r = clip(A/10 + ½, 0, 1)
    L± = mean (x̂± − x0)² / sg(max(mean |x̂± − x0|, 1e-5))
    L  = mean over rows and levels of 5·(r·L⁺ + (1−r)·L⁻)/β + kl·mean (v − v_base)²
"""

from ..checks import integer, pair, real
from .method import Method, Result


def complaint(run):
    times, steps = run["options"]["times"], run["rollout"]["steps"]
    if times > steps - 1:
        return f'"options.times" is {times}, expected less than "rollout.steps", which is {steps}.'
    return None


def draw(run, sigmas, update, random):
    """Without replacement, each level below σ = 1 alike."""
    drawn = random.choice(len(sigmas) - 2, run["options"]["times"], replace=False)
    return {"steps": sorted(int(i) + 1 for i in drawn)}


def error(off):
    """off², a row's mean, over a detached mean of |off|."""
    scale = off.detach().abs().flatten(1).mean(1).clamp(min=1e-5)
    return (off**2).flatten(1).mean(1) / scale


def step(frame, plan):
    beta, kl = frame.options["beta"], frame.options["kl"]
    x0 = frame.x0 if frame.x0 is not None else frame.rollout(lora="old")[-1]
    advantage, spread = frame.advantages(x0)
    share = (advantage / 10 + 0.5).clamp(0, 1)
    each = 1 / (frame.n * len(plan["steps"]))
    drift = 0.0
    for i in plan["steps"]:
        sigma = frame.sigmas[i]
        for rows in frame.slices():
            clean, r = x0[rows], share[rows]
            x = (1 - sigma) * clean + sigma * frame.extra["target"][0][rows]
            v_old = frame.still(x, sigma, rows, guided=False, lora="old")
            v_base = frame.still(x, sigma, rows, guided=False, lora="none")
            v = frame.velocity(x, sigma, rows)
            rest, moved = x - sigma * v_old - clean, sigma * beta * (v - v_old)
            good, bad = error(rest - moved), error(rest + moved)
            off = ((v - v_base) ** 2).flatten(1).mean(1)
            drift += off.detach().sum().item() * each
            loss = (5 * (r * good + (1 - r) * bad) / beta + kl * off).sum() * each
            frame.backward(frame.counted(loss))
    return Result(x0, {"rewardSpread": spread, "drift": drift})


METHOD = Method(
    "nft",
    step,
    draw,
    options={
        "group": (integer(2, 256), 8),
        "beta": (real(1e-3, 10), 1),
        "kl": (real(0, 100), 1e-4),
        "times": (integer(1, 100), 4),
        "oldDecay": (pair(0, 1), [0.001, 0.5]),
    },
    takes_pictures=True,
    extra=lambda run, plan: {"target": 1},
    complaint=complaint,
    old_keeps=lambda run, n: min(run["options"]["oldDecay"][0] * n, run["options"]["oldDecay"][1]),
)
