"""`plan`: memory and time of a run on so many GPUs, from shapes alone, with the arithmetic."""

from . import needs
from .base import Folder
from .run_file import read_run_file
from .shapes import KNOWN, known


def main(args):
    run = read_run_file(args.run)
    folder = known(args.model, args.size) if args.model in KNOWN else Folder(args.model, args.size, text=False)
    print(report(folder, run, args.gpus, args.rate, args.text_tokens))


def report(folder, run, gpus, rate, text_tokens):
    """A table of Markdown, and the sums that it comes from. rate: TFLOP/s that a GPU reaches."""
    shape = needs.shape_of(folder, run)
    work = needs.flops(folder, run, checkpointing=True, text_tokens=text_tokens, shape=shape)
    still, moving = needs.calls(run, bool(folder.transformer.get("guidance_embeds", False)))
    tokens = folder.tokens + text_tokens
    linear, attention = 2 * shape.of_blocks * tokens / 1e12, 4 * tokens**2 * shape.hidden * shape.layers / 1e12
    lines = [
        f"{folder.transformer['_class_name']}: {shape.parameters / 1e9:.2f} B parameters, {shape.of_blocks / 1e9:.2f} B in "
        f"linears of blocks; LoRA of rank {run['lora']['rank']}: {shape.lora / 1e6:.1f} M",
        f"{folder.width}x{folder.height}: {folder.tokens} image + {text_tokens} text tokens",
        f"one forward of a row: 2 · {shape.of_blocks / 1e9:.2f}e9 · {tokens} + 4 · {tokens}² · {shape.hidden} · {shape.layers} "
        f"= {linear:.2f} + {attention:.2f} = {linear + attention:.2f} TFLOP",
        f"{run['method']}, a row: {still:g} forwards without a gradient + {moving} with one · 3 "
        f"(forward, again for checkpointing, gradient of the inputs) = {still + 3 * moving:g} forwards",
        f"an update of {run['batch']} rows: {work / 1e12:.0f} TFLOP",
        "",
        f"| GPUs | transformer | rows a GPU | weights | activations | LoRA | GiB a GPU | s an update at {rate:g} TFLOP/s | 20 updates |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for processes in gpus:
        for sharded in (False, True) if processes > 1 else (False,):
            parts = needs.memory(
                folder, run, processes=processes, sharded=sharded, bytes_each=2, checkpointing=True, at_once=1,
                text_tokens=text_tokens, shape=shape,
            )  # fmt: skip
            rows = needs.rows_each(run, processes)
            seconds = work / run["batch"] * rows / (rate * 1e12)
            weights = parts["transformer's weights"] + parts["decoder's and rewards' weights"]
            activations = parts["transformer's activations"] + parts["decoder's activations"]
            gib = [value / needs.GIB for value in (weights, activations, parts["LoRA, gradient, moments"], needs.total(parts))]
            lines.append(
                f"| {processes} | {'sharded' if sharded else 'whole'} | {rows} | {gib[0]:.1f} | {gib[1]:.1f} | {gib[2]:.2f} | "
                f"{gib[3]:.1f} | {seconds:.1f} | {20 * seconds / 60:.1f} min |"
            )
    return "\n".join(lines)
