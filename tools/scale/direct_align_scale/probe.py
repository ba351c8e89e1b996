"""One alignment step without an update, as `studio probe`: the same noise file, plan and adapter give the same gradient."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from .adapter import Adapter
from .base import Base, Folder, check_rewards
from .errors import UserError, first_line
from .files import read_object, read_tensors
from .fits import check_fit
from .frame import Frame
from .methods import METHODS
from .run_file import read_run_file, shares


def probe(folder, run, noise, plan, lora=None, old=None, x0=None, dtype=torch.float32, at_once=None, checkpointing=False):
    """{name: tensor}: `grad.NAME.lora_A.weight` … before clipping, `reward` [n], `loss` [1].

    noise: the tensors of a noise file; its first n prompts go with it, in groups where the method has them, and the words of
    update 0. lora, old: tensors of adapter files.
    """
    method = METHODS[run["method"]]
    base = Base(folder, dtype=dtype, checkpointing=checkpointing)
    base.open_rewards(shares(run))
    base.adapter = adapter = Adapter(base.transformer, run)
    if lora is not None:
        adapter.load(adapter.from_file(lora, "the adapter"))
    if method.old_keeps:
        adapter.begin_old()
        if old is not None:
            adapter.old = adapter.from_file(old, "the old adapter")
    extra = {kind: tensor.to(dtype) for kind, tensor in noise.items() if kind != "noise"}
    for kind, copies in method.extra(run, plan).items():
        if kind == "target" and kind in extra:
            extra[kind] = extra[kind][None] if extra[kind].dim() == 3 else extra[kind]
        if copies and kind not in extra:
            raise UserError(f'The noise file has no tensor "{kind}", which method "{method.id}" needs.')
    start, group = noise["noise"].to(dtype), run["options"].get("group", 1)
    if len(start) % group:
        raise UserError(f'The noise file has {len(start)} rows, expected a multiple of "options.group", which is {group}.')
    prompts = [run["prompts"][(i // group) % len(run["prompts"])] for i in range(len(start))]
    words = (run["reward"]["positive"][0], run["reward"]["negative"][0])
    given = None if x0 is None else x0.to(dtype)
    frame = Frame(base, run, prompts, words, start, extra, given, at_once=at_once)
    try:
        method.step(frame, plan)
    except (KeyError, IndexError, TypeError) as error:
        raise UserError(f'The plan does not fit method "{method.id}" ({type(error).__name__} {first_line(error)}).') from None
    out = {"reward": torch.cat(next(iter(frame.kept.values()))), "loss": torch.tensor([frame.loss_sum])}
    for name, factor in adapter.factors.items():
        out[f"grad.{name}"] = torch.zeros_like(factor) if factor.grad is None else factor.grad
    return {name: tensor.detach().float().contiguous() for name, tensor in out.items()}


def main(args):
    run = read_run_file(args.run)
    folder = Folder(args.model, args.size, args.embeddings)
    check_rewards(folder, shares(run))
    check_fit(folder, run["rollout"]["steps"])
    plan = {"sigmaIndex": args.sigma_index} if args.plan is None else read_object(Path(args.plan), "expected a plan of metrics.jsonl")
    noise = _latents(args.noise, "noise", folder)
    x0 = None if args.x0 is None else _latents(args.x0, "x0", folder)["x0"]
    lora, old = (None if path is None else read_tensors(path) for path in (args.lora, args.old))
    save_file(probe(folder, run, noise, plan, lora, old, x0), args.out)


def _latents(path, name, folder):
    """The tensors of a file, among them `name` [n, image tokens, channels]."""
    tensors = read_tensors(path)
    shape = list(tensors[name].shape) if name in tensors else None
    if shape is None or len(shape) != 3 or shape[0] < 1 or shape[1:] != [folder.tokens, folder.channels]:
        raise UserError(f'{path}: "{name}" is {shape or "missing"}, expected [n, {folder.tokens}, {folder.channels}].')
    return tensors
