"""What a method is."""

from collections.abc import Callable
from dataclasses import dataclass, field

FORMS = ("relative", "positive", "prompt")


@dataclass
class Result:
    """What a step computed; the gradient is in the LoRA's factors.

    x0: latents [rows, tokens, channels] of the update's pictures (of a rollout that stops early, their prediction).
    metrics: the method's own columns, numbers or None. again: the gradient of a further pass over the same pictures.
    """

    x0: object
    metrics: dict = field(default_factory=dict)
    again: Callable | None = None


def nothing_wrong(run):
    return None


def no_plan(run, sigmas, update, random):
    return {}


@dataclass(frozen=True)
class Method:
    """draw(run, sigmas, update, random): the update's discrete choices, as the studio writes them into metrics.jsonl.
    step(frame, plan): Result. options: {key: (check, default)}, a default may depend on what is given.
    extra(run, plan): {kind of further noise: copies}. complaint(run): what is wrong with the run for this method."""

    id: str
    step: Callable
    draw: Callable = no_plan
    options: dict = field(default_factory=dict)
    forms: tuple = FORMS
    takes_pictures: bool = False
    extra: Callable = lambda run, plan: {}
    complaint: Callable = nothing_wrong
    shares_noise: Callable = lambda run: False
    passes: Callable = lambda run: 1
    # Share of itself that the old LoRA keeps after update n (from 1); None: the method has none.
    old_keeps: Callable | None = None
