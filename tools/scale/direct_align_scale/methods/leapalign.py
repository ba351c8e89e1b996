"""LeapAlign (arXiv 2604.15311, restated in arXiv 2606.11075): two leaps, x_a → x_b → x_N, that land where the rollout did;
of the second one's input, the share α is differentiated."""

from ..checks import real
from .method import Method, Result


def complaint(run):
    steps = run["rollout"]["steps"]
    return f'"rollout.steps" is {steps}, expected at least 2 for method "leapalign".' if steps < 2 else None


def draw(run, sigmas, update, random):
    """Two different indices, uniform over all pairs."""
    pair = random.choice(len(sigmas) - 1, 2, replace=False)
    return {"leaps": sorted(int(i) for i in pair)}


def landing(leap, point):
    """The value of `point` with the gradient of `leap`."""
    return leap + (point - leap).detach()


def step(frame, plan):
    a, b = plan["leaps"]
    alpha = frame.options["alpha"]
    trajectory = frame.rollout()
    sigma_a, sigma_b = frame.sigmas[a], frame.sigmas[b]
    for rows in frame.slices():
        x_a = trajectory[a][rows]
        v_a = frame.velocity(x_a, sigma_a, rows)
        x_b = landing(x_a + (sigma_b - sigma_a) * v_a, trajectory[b][rows])
        v_b = frame.velocity(alpha * x_b + (1 - alpha) * x_b.detach(), sigma_b, rows)
        frame.backward(frame.loss(landing(x_b - sigma_b * v_b, trajectory[-1][rows]), rows))
    return Result(trajectory[-1])


METHOD = Method("leapalign", step, draw, options={"alpha": (real(0, 1), 0.3)}, complaint=complaint)
