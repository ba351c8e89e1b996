"""Everything random about a run. Each number depends on seed, purpose, update and row alone, so that any number of processes
draws the same update, and a resumed run what an uninterrupted one would have. The numbers are not the studio's."""

import numpy as np

FACTORS, PLAN, NOISE, PICTURES, SAMPLES = 1, 2, 3, 4, 5
EXTRA = {"renoise": 10, "sde": 11, "target": 12}


def stream(seed, purpose, *place):
    """A random stream of its own."""
    return np.random.default_rng([seed, purpose, *place])


def normals(seed, purpose, place, shape):
    """Standard normals, f32."""
    return stream(seed, purpose, *place).standard_normal(shape, dtype=np.float32)


def prompts_of(run, update):
    """The update's prompts in the run file's order, one a picture or one a group of pictures."""
    group = run["options"].get("group", 1)
    each = run["batch"] // group
    prompts = run["prompts"]
    return [prompts[(update * each + i // group) % len(prompts)] for i in range(run["batch"])]


def noise_of(run, method, update, rows, shape):
    """ε [rows, *shape] of the batch's rows with these numbers; pictures of a group share it where the method says so."""
    shares, group = method.shares_noise(run), run["options"].get("group", 1)
    first = [row - row % group if shares else row for row in rows]
    return np.stack([normals(run["seed"], NOISE, (update, row), shape) for row in first])


def extra_of(run, method, plan, update, rows, shape):
    """Further noise by kind, [copies, rows, *shape]."""
    return {
        kind: np.stack(
            [
                np.stack([normals(run["seed"], EXTRA[kind], (update, copy, row), shape) for row in rows])
                for copy in range(copies)
            ]
        )
        for kind, copies in method.extra(run, plan).items()
        if copies > 0
    }
