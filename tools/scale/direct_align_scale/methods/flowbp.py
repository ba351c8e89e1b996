"""FlowBP, sparse (arXiv 2606.11075): the reward sees the real x_N; dL/dv_i = c·Δ_i·dL/dx_N for the active steps, without
a chain, c = 1 + rescale·(Σ|Δ_all| / Σ_active|Δ_i| − 1)."""

from ..checks import integer, real
from .method import Method, Result


def complaint(run):
    active, steps = run["options"]["active"], run["rollout"]["steps"]
    if active > steps:
        return f'"options.active" is {active}, expected at most "rollout.steps", which is {steps}.'
    return None


def draw(run, sigmas, update, random):
    """Without replacement, p_i ∝ (i+1)^lateBias."""
    left, drawn = list(range(len(sigmas) - 1)), []
    while len(drawn) < run["options"]["active"]:
        weights = [(i + 1.0) ** run["options"]["lateBias"] for i in left]
        total = sum(weights)
        drawn.append(left.pop(int(random.choice(len(left), p=[w / total for w in weights]))))
    return {"active": sorted(drawn)}


def step(frame, plan):
    active = plan["active"]
    trajectory = frame.rollout()
    covered = sum(abs(frame.delta(i)) for i in active)
    whole = sum(abs(frame.delta(i)) for i in range(frame.steps))
    c = 1 + frame.options["rescale"] * (whole / covered - 1)
    for rows in frame.slices():
        upstream = frame.upstream(trajectory[-1][rows], rows)
        for i in active:
            v = frame.velocity(trajectory[i][rows], frame.sigmas[i], rows)
            frame.backward(v, c * frame.delta(i) * upstream)
    return Result(trajectory[-1])


METHOD = Method(
    "flowbp",
    step,
    draw,
    options={"active": (integer(1, 100), 3), "lateBias": (real(0, 20), 2), "rescale": (real(0, 1), 1)},
    complaint=complaint,
)
