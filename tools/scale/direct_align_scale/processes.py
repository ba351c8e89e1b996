"""The process group, through accelerate."""

import os

import torch

from .errors import UserError, first_line


def on_gpu():
    """Whether a run is one of GPUs."""
    return torch.cuda.is_available() and os.environ.get("ACCELERATE_USE_CPU", "false").lower() != "true"


def make_accelerator(out, sharded, trackers):
    from accelerate import Accelerator, FullyShardedDataParallelPlugin

    plugin = None
    if sharded:
        os.environ.setdefault("FSDP_VERSION", "2")
        plugin = FullyShardedDataParallelPlugin(
            fsdp_version=2, reshard_after_forward=True, auto_wrap_policy="transformer_based_wrap",
            cpu_ram_efficient_loading=False, state_dict_type="SHARDED_STATE_DICT",
        )  # fmt: skip
    try:
        accelerator = Accelerator(fsdp_plugin=plugin if on_gpu() else None, log_with=trackers or None, project_dir=str(out))
    except (ValueError, ImportError) as error:
        raise UserError(f"accelerate: {first_line(error)}.") from None
    started = int(os.environ.get("WORLD_SIZE", "1"))
    if accelerator.num_processes != started:
        raise UserError(
            f"{started} processes were started and accelerate sees {accelerator.num_processes}: there is no GPU for each; "
            "without GPUs start them with ACCELERATE_USE_CPU=true torchrun."
        )
    if sharded and not on_gpu():
        # accelerate takes the plugin for GPUs alone, though what it does with it works over gloo too.
        accelerator.state.fsdp_plugin = plugin
    if accelerator.mixed_precision not in ("no", "bf16"):
        raise UserError(f"accelerate's mixed precision is {accelerator.mixed_precision}; expected bf16 or no.")
    return accelerator


def end(accelerator):
    """Leaves the process group, whose last holds are the prepared models. Kept by one, gloo's threads would outlive the
    interpreter, and one in a dozen runs of two processes was aborted after its work was done."""
    accelerator.free_memory()
    accelerator.end_training()
