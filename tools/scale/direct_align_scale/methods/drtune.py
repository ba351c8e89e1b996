"""DRTune (arXiv 2405.00760, on rectified flow arXiv 2606.11075): nothing flows through the network's input, the rollout stops
at step e, and the reward sees x̂ = x_e − σ_e·v(x_e). So dL/dv_i = Δ_i·g for active i < e and −σ_e·g for i = e, g = dL/dx̂."""

import torch

from ..checks import integer
from .method import Method, Result

STOP_SHARE = 0.4


def first_stop(steps):
    return steps - max(1, int(STOP_SHARE * steps + 0.5))


def complaint(run):
    active, steps = run["options"]["active"], run["rollout"]["steps"]
    most = first_stop(steps) + 1
    if active > most:
        return f'"options.active" is {active}, expected at most {most}: a rollout of {steps} steps may stop after so many.'
    return None


def draw(run, sigmas, update, random):
    """e uniform over the last max(1, round(0.4 N)) indices; K steps d = ⌊(e+1)/K⌋ apart from a random start."""
    count, steps = run["options"]["active"], len(sigmas) - 1
    stop = int(random.integers(first_stop(steps), steps))
    distance = (stop + 1) // count
    start = int(random.integers(0, stop + 1 - (count - 1) * distance))
    return {"active": [start + m * distance for m in range(count)], "stop": stop}


def step(frame, plan):
    active, stop = plan["active"], plan["stop"]
    x, seen = frame.noise, {}
    for i in range(stop + 1):
        if i in active:
            seen[i] = x
        v = frame.still(x, frame.sigmas[i], guided=i not in active)
        x = x + (-frame.sigmas[i] if i == stop else frame.delta(i)) * v
    for rows in frame.slices():
        upstream = frame.upstream(x[rows], rows)
        for i, at in seen.items():
            v = frame.velocity(at[rows], frame.sigmas[i], rows)
            frame.backward(v, (-frame.sigmas[i] if i == stop else frame.delta(i)) * upstream)
    return Result(torch.clone(x), {"sigma": frame.sigmas[stop]})


METHOD = Method("drtune", step, draw, options={"active": (integer(1, 100), 3)}, complaint=complaint)
