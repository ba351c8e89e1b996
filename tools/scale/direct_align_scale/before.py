"""What is checked before a process group or a weight exists."""

import os

import psutil
import torch

from . import needs
from .adapter import Adapter
from .base import TRANSFORMERS, Folder, check_rewards
from .errors import UserError
from .files import read_tensors
from .fits import check_fit
from .out import Out
from .pictures import Pictures
from .processes import on_gpu
from .run_file import parse_run_file, read_run_file, shares
from .run_texts import texts_of
from .text import EmbeddingsFile


def check_before(args):
    """All that can be checked before a process group or a weight exists: (run, folder, pictures, whether it resumes)."""
    run = read_run_file(args.run)
    if args.steps is not None:
        run = parse_run_file({**run, "steps": args.steps}, args.run)
    folder = Folder(args.model, args.size, args.embeddings)
    check_rewards(folder, shares(run))
    pictures = None
    if run["images"] is not None:
        pictures = Pictures(run["images"], args.run)
    if folder.embeddings:
        EmbeddingsFile(folder.embeddings).check(texts_of(run, folder, pictures), folder.text_widths)
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if run["batch"] % processes:
        raise UserError(
            f'"batch" is {run["batch"]}, expected a multiple of the {processes} processes: each has as many pictures.'
        )
    check_fit(folder, run["rollout"]["steps"])
    if args.lora is not None:
        with torch.device("meta"):
            adapter = Adapter(TRANSFORMERS[folder.transformer["_class_name"]].from_config(folder.transformer), run)
        adapter.from_file(read_tensors(args.lora), args.lora)
    if is_sharded(args) and processes == 1:
        raise UserError("--shard spreads the transformer over processes, but there is one: start more with accelerate launch.")
    if args.log_with:
        check_tracker(args.log_with)
    out = Out(args.out)
    resumes = out.begin(run, args.resume, args.force)
    shape = needs.shape_of(folder, run)
    _check_memory(args, run, folder, processes, shape)
    out.check_writable(needs.disk(run, shape))
    return run, folder, pictures, resumes


def is_sharded(args):
    """Whether the transformer is to be spread over the processes, by --shard or accelerate's own settings."""
    return args.shard or os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def _check_memory(args, run, folder, processes, shape):
    bytes_each = 2 if os.environ.get("ACCELERATE_MIXED_PRECISION", "no") == "bf16" else 4
    text_tokens = folder.text_length or 512
    settings = {"processes": processes, "sharded": is_sharded(args), "checkpointing": args.checkpointing, "at_once": args.rows}
    parts = needs.memory(folder, run, bytes_each=bytes_each, text_tokens=text_tokens, shape=shape, **settings)
    need = needs.total(parts, needs.CONTEXT if on_gpu() else 0)
    host = psutil.virtual_memory().available / int(os.environ.get("LOCAL_WORLD_SIZE", processes))
    if on_gpu() and (weights := shape.parameters * bytes_each) > host:
        raise UserError(
            f"A process reads the transformer's {weights / needs.GIB:.3g} GiB into the machine's memory first and has "
            f"{host / needs.GIB:.3g} there: start fewer processes on a machine."
        )
    if args.memory is not None:
        free = args.memory * needs.GIB
    elif on_gpu():
        free = torch.cuda.mem_get_info(int(os.environ.get("LOCAL_RANK", "0")))[0]
    else:
        free = host
    if need > free:
        largest = max(parts, key=parts.get)
        raise UserError(
            f"A process needs about {need / needs.GIB:.3g} GiB and has {free / needs.GIB:.3g}; the most is the {largest} "
            f"({parts[largest] / needs.GIB:.3g} GiB): take {needs.advice(run, **settings)}."
        )


def check_tracker(name):
    """Raises UserError for a tracker that accelerate does not know, or whose package is not here: it would log nothing."""
    from accelerate.tracking import get_available_trackers
    from accelerate.utils import LoggerType

    if name not in LoggerType.list():
        raise UserError(f"--log-with {name}: is no tracker of accelerate's, expected one of {', '.join(LoggerType.list())}.")
    if name != "all" and LoggerType(name) not in get_available_trackers():
        raise UserError(f"--log-with {name}: its package is not installed here; install it, or leave the option out.")
