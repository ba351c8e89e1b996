"""The loop that every trained stage shares: rates, averages of weights, checkpoints, progress and time left."""

import copy
import hashlib
import math
import time

import torch
from tqdm import tqdm

from .errors import UserError
from .folder import difference, write_torch


def generator(seed, *place):
    """Random numbers that depend on the seed and the place alone, so that a resumed stage draws what it would have drawn."""
    digest = hashlib.sha256("/".join(map(str, (seed, *place))).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def phase(values, at):
    """The value of the phase that `at` (0 … 1) lies in; phases are equally long."""
    return values[min(int(at * len(values)), len(values) - 1)]


def cosine(at):
    """1 at the beginning, 0 at the end, after a short rise."""
    return min(1.0, at / 0.03 + 0.01) * 0.5 * (1 + math.cos(math.pi * at))


def falling(at):
    """1 over the first half, then straight to 0."""
    return min(1.0, at / 0.01 + 0.01, 2 * (1 - at))


def adamw(parameters, rate, decay=0.01):
    return torch.optim.AdamW(list(parameters), lr=rate, weight_decay=decay, betas=(0.9, 0.98))


def train(work, stage, networks, optimizers, steps, loss_of, multiplier, average=0.0, look=None, looks=8):
    """Trains `networks` (an nn.Module) and returns them, or their average where `average` is above 0.

    loss_of(draw, at): the loss as a scalar, `draw` the step's random numbers and `at` how far training is, 0 … 1.
    multiplier(at): what the optimizers' rates are multiplied with. look(networks, step): looks at the
    result, and up to `looks` times before it. Goes on from the stage's checkpoint where there is one. Raises UserError where the loss is not finite.
    """
    looks = min(looks, steps // 50)
    averaged = copy.deepcopy(networks).requires_grad_(False) if average else None
    begin = _restore(work, stage, networks, averaged, optimizers, steps)
    rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    parameters = [p for group in optimizers for part in group.param_groups for p in part["params"]]
    networks.train()
    saved, shown = time.monotonic(), 0.0
    with tqdm(total=steps, initial=begin, desc=stage, unit="step", mininterval=1, disable=work.quiet) as bar:
        for step in range(begin, steps):
            at = step / steps
            for optimizer, own in zip(optimizers, rates):
                for group, rate in zip(optimizer.param_groups, own):
                    group["lr"] = rate * multiplier(at)
            loss = loss_of(generator(work.config.seed, stage, step), at)
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            if not torch.isfinite(norm + loss.detach()):
                raise UserError(
                    f"Stage {stage}: the loss is not finite at step {step + 1}; take lower rates with --set and make it again "
                    f"with --from {stage}."
                )
            for optimizer in optimizers:
                optimizer.step()
            if averaged is not None:
                _mix(averaged, networks, min(average, (step + 1) / (step + 10)))
            shown = loss.item() if step == begin else 0.98 * shown + 0.02 * loss.item()
            bar.set_postfix(loss=f"{shown:.3f}", refresh=False)
            bar.update()
            done = step + 1
            if look and done < steps and done * looks // steps > step * looks // steps:
                _looked(look, networks if averaged is None else averaged, done)
            if done < steps and (done == work.stop_after or time.monotonic() - saved > work.checkpoint_seconds):
                for optimizer, own in zip(optimizers, rates):
                    for group, rate in zip(optimizer.param_groups, own):
                        group["lr"] = rate
                _save(work, stage, networks, averaged, optimizers, done)
                saved = time.monotonic()
                if done == work.stop_after:
                    raise KeyboardInterrupt
    result = averaged if averaged is not None else networks
    if look:
        _looked(look, result, steps)
    return result.eval().requires_grad_(False)


def _looked(look, networks, step):
    training = networks.training
    networks.eval()
    with torch.no_grad():
        look(networks, step)
    networks.train(training)


@torch.no_grad()
def _mix(averaged, networks, keep):
    for mean, value in zip(averaged.parameters(), networks.parameters()):
        mean.lerp_(value, 1 - keep)
    for mean, value in zip(averaged.buffers(), networks.buffers()):
        mean.copy_(value)


def _save(work, stage, networks, averaged, optimizers, step):
    write_torch(
        work.folder.of(stage) / "checkpoint.pt",
        {
            "settings": work.settings(stage),
            "step": step,
            "networks": networks.state_dict(),
            "averaged": averaged.state_dict() if averaged is not None else None,
            "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        },
    )


def _restore(work, stage, networks, averaged, optimizers, steps):
    path = work.folder.of(stage) / "checkpoint.pt"
    if not path.exists():
        return 0
    try:
        kept = torch.load(path, map_location=work.device, weights_only=True)
        made, step = kept["settings"], kept["step"]
    except Exception as error:  # noqa: BLE001: torch raises many kinds for a damaged file
        what = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise UserError(f"{path}: cannot be read ({what}); begin the stage anew with --from {stage}.") from None
    if found := difference(made, work.settings(stage)):
        raise other_config(path, stage, *found)
    networks.load_state_dict(kept["networks"])
    if averaged is not None:
        averaged.load_state_dict(kept["averaged"])
    for optimizer, state in zip(optimizers, kept["optimizers"]):
        optimizer.load_state_dict(state)
    print(f"{stage}: goes on after step {step} of {steps}")
    return step


def other_config(path, stage, name, made, wanted):
    """The error for what was made with other settings."""
    return UserError(
        f"{path}: was made with {name} {_shown(made)}, not {_shown(wanted)}; give the same settings, another folder, "
        f"or make it anew with --from {stage}."
    )


def _shown(value):
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
