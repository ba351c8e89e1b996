"""Memory and arithmetic of a run, worked out from shapes alone: nothing is loaded, nothing is measured.

A token of a block keeps numbers of the hidden size's width for its backward pass: 13 to 17 in FLUX.1, 18 to 25 in FLUX.2
(tests/test_needs.py counts what autograd saves; attention keeps no scores). UNITS leaves room for the gradients beside them.
"""

from dataclasses import dataclass

import torch

from .adapter import Adapter
from .base import DECODERS, TRANSFORMERS
from .run_file import shares

GIB = 2**30
UNITS = 30
# Feature maps of the decoder's channels that a stage at full size keeps: inputs and outputs of norms, activations and
# convolutions of three residual blocks.
MAPS = 18
# What PyTorch, its libraries and fragmentation take beside.
OVERHEAD = 1.1
CONTEXT = 1 * GIB


@dataclass
class Shape:
    """A transformer's sizes. parameters: of all; of_blocks: of its blocks' linears that see every token."""

    parameters: int
    of_blocks: int
    largest_block: int
    layers: int
    hidden: int
    lora: int


def shape_of(folder, run):
    with torch.device("meta"):
        transformer = TRANSFORMERS[folder.transformer["_class_name"]].from_config(folder.transformer)
        parameters = sum(p.numel() for p in transformer.parameters())
        blocks = [*transformer.transformer_blocks, *transformer.single_transformer_blocks]
        sizes = [sum(p.numel() for p in block.parameters()) for block in blocks]
        # Modulation acts on one vector a row, not on its tokens.
        modulation = sum(
            p.numel() for block in blocks for name, p in block.named_parameters() if "norm" in name.split(".")[0]
        )
        adapter = Adapter(transformer, run)
    hidden = folder.transformer["num_attention_heads"] * folder.transformer["attention_head_dim"]
    lora = sum(f.numel() for f in adapter.factors.values())
    return Shape(parameters, sum(sizes) - modulation, max(sizes), len(blocks), hidden, lora)


def decoder_parameters(folder):
    with torch.device("meta"):
        return sum(p.numel() for p in DECODERS[folder.vae["_class_name"]].from_config(folder.vae).parameters())


def rows_each(run, processes):
    return -(-run["batch"] // processes)


def memory(folder, run, *, processes, sharded, bytes_each, checkpointing, at_once=None, text_tokens=512, shape=None):
    """{part: bytes} that one process needs."""
    shape = shape or shape_of(folder, run)
    rows = min(at_once or rows_each(run, processes), rows_each(run, processes))
    tokens = rows * (folder.tokens + text_tokens)
    width = shape.hidden * bytes_each
    if sharded:
        weights = shape.parameters * bytes_each / processes + 2 * shape.largest_block * bytes_each
    else:
        weights = shape.parameters * bytes_each
    chain = {"draft": run["options"].get("k", 1), "leapalign": 2}.get(run["method"], 1)
    live = tokens * width * UNITS
    blocks = shape.layers * tokens * width * chain + live if checkpointing else shape.layers * live * chain
    config = folder.vae
    last = (config.get("block_out_channels") or config.get("decoder_block_out_channels"))[0]
    picture = rows * folder.width * folder.height * last * bytes_each * MAPS
    rewards = folder.reward_bytes(shares(run))
    old = 1 if run["method"] == "nft" else 0
    return {
        "transformer's weights": weights,
        "decoder's and rewards' weights": decoder_parameters(folder) * bytes_each + rewards,
        "LoRA, gradient, moments": shape.lora * 4 * (5 + old),
        "latents of the rollout": rows_each(run, processes) * folder.tokens * folder.channels * 4 * (run["rollout"]["steps"] + 3),
        "transformer's activations": blocks,
        "decoder's activations": picture if checkpointing else 2 * picture,
    }


def disk(run, shape):
    """Bytes of three checkpoints (factors, moments, old LoRA), the one that is written among them, and of all adapters."""
    old = 1 if run["method"] == "nft" else 0
    return shape.lora * 4 * (3 * (3 + old) + 1 + run["steps"] // run["keepEvery"])


def total(parts, context=CONTEXT):
    return sum(parts.values()) * OVERHEAD + context


def calls(run, has_guidance):
    """(transformer forwards without a gradient, forwards with one) of a row in an update."""
    steps, options = run["rollout"]["steps"], run["options"]
    each = 1 if has_guidance else 2
    pictures = run["images"] is not None
    rollout = 0 if pictures else steps * each
    match run["method"]:
        case "direct-align":
            return rollout, 1
        case "srpo":
            return rollout, 2
        case "refl":
            return 0.78 * rollout, 1
        case "draft":
            return (steps - options["k"]) * each, options["k"]
        case "draft-lv":
            return (steps - 1) * each, 1 + options["copies"]
        case "flowbp":
            return rollout, options["active"]
        case "drtune":
            return 0.8 * rollout, options["active"]
        case "leapalign":
            return rollout, 2
        case "grpo":
            window = min(options["window"], steps - 1)
            base = window if options["kl"] else 0
            still = (steps - window) * each + window + base * options["inner"]
            return still, window * options["inner"]
        case "nft":
            return rollout + 2 * options["times"], options["times"]


def flops(folder, run, *, checkpointing, text_tokens=512, shape=None):
    """Floating point operations of the transformer in one update, all rows: a forward is 2 per weight and token and
    4·T²·hidden per layer for attention; a call with gradient has its forward, that again where blocks are checkpointed, and
    the gradient of its inputs (no weight but LoRA's has one), each as long as a forward."""
    shape = shape or shape_of(folder, run)
    tokens = folder.tokens + text_tokens
    forward = 2 * shape.of_blocks * tokens + 4 * tokens**2 * shape.hidden * shape.layers
    still, moving = calls(run, bool(folder.transformer.get("guidance_embeds", False)))
    return run["batch"] * forward * (still + moving * (3 if checkpointing else 2))


def advice(run, *, processes, sharded, checkpointing, at_once):
    """What to change where it does not fit."""
    ways = []
    if processes > 1 and not sharded:
        ways.append("--shard")
    if not checkpointing:
        ways.append("checkpointing (leave --no-checkpointing out)")
    if (at_once or rows_each(run, processes)) > 1:
        ways.append("--rows 1")
    ways += ["a smaller --size", "more processes" if sharded or processes == 1 else "a smaller base"]
    return " or ".join(ways[:3])
