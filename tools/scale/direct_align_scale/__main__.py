"""python -m direct_align_scale: trains; `probe`, `encode` and `plan` as the first word do something else."""

import argparse
import errno
import math
import os
import sys
import time

from .errors import UserError, first_line


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UserError(f"{message[:1].upper()}{message[1:]}; --help lists the options.")


def _size(text):
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError("expected WIDTHxHEIGHT in pixels, such as 512x512") from None
    return width, height


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return int(text)


def _above(text):
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("expected a number above 0")
    return value


def _common(parser):
    # torchrun takes "--run" for an option of its own, hence the second name.
    parser.add_argument("--run", "--run-file", dest="run", required=True, help="the studio's run file")
    parser.add_argument("--model", required=True, help="folder of the base model, in diffusers' layout")
    parser.add_argument("--size", type=_size, help="picture in pixels, WIDTHxHEIGHT (default: bundle.json's, else 512x512)")
    parser.add_argument("--embeddings", help="embeddings file of the prompts (default: MODEL/embeddings.safetensors)")


def _train_parser():
    parser = Parser(
        prog="accelerate launch -m direct_align_scale",
        description="Trains a run file's adapter. Other verbs: probe, encode, plan.",
    )
    _common(parser)
    parser.add_argument("--out", required=True, help="folder of the results")
    parser.add_argument("--steps", type=_count, help="updates, in place of the run file's")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in OUT")
    parser.add_argument("--force", action="store_true", help="begin anew where OUT holds a run")
    parser.add_argument("--lora", help="adapter to begin with")
    parser.add_argument("--shard", action="store_true", help="spread the frozen transformer over the processes (FSDP2)")
    parser.add_argument("--rows", type=_count, help="pictures in a call that carries a gradient (default: all of a process)")
    parser.add_argument("--no-checkpointing", dest="checkpointing", action="store_false", help="keep all activations")
    parser.add_argument("--checkpoint-every", type=_count, default=1, help="updates between checkpoints (1)")
    parser.add_argument("--log-with", help="a tracker of accelerate's: tensorboard, wandb …")
    parser.add_argument("--memory", type=_above, help="GiB that a process may use (default: what is free)")
    return parser


def _probe_parser():
    parser = Parser(prog="python -m direct_align_scale probe")
    _common(parser)
    parser.add_argument("--noise", required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--sigma-index", type=int)
    which.add_argument("--plan", help="file of the update's choices")
    parser.add_argument("--lora")
    parser.add_argument("--old")
    parser.add_argument("--x0")
    parser.add_argument("--out", required=True)
    return parser


def _encode_parser():
    parser = Parser(prog="python -m direct_align_scale encode")
    _common(parser)
    parser.add_argument("--out", required=True, help="embeddings file to write")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--max-length", type=_count, default=512, help="text tokens at most (512)")
    return parser


def _plan_parser():
    parser = Parser(prog="python -m direct_align_scale plan")
    parser.add_argument("--run", required=True)
    parser.add_argument("--model", required=True, help="folder of a base, or flux1-dev or flux2-klein-4b")
    parser.add_argument("--size", type=_size)
    parser.add_argument("--gpus", type=_count, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rate", type=_above, default=400, help="TFLOP/s that a GPU reaches (400)")
    parser.add_argument("--text-tokens", type=_count, default=512)
    return parser


def main(arguments=None):
    given = list(sys.argv[1:] if arguments is None else arguments)
    verb = given.pop(0) if given and given[0] in ("probe", "encode", "plan") else "train"
    try:
        if verb == "probe":
            from . import probe

            probe.main(_probe_parser().parse_args(given))
        elif verb == "encode":
            from . import encode

            encode.main(_encode_parser().parse_args(given))
        elif verb == "plan":
            from . import plan

            plan.main(_plan_parser().parse_args(given))
        else:
            args = _train_parser().parse_args(given)
            from .train import train

            train(args)
    except UserError as error:
        return _said(error, 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _said(f"{where}the disk is full; make room and go on with --resume.", 1)
        return _said(f"{where}cannot be used ({error.strerror or first_line(error)}).", 1)
    except KeyboardInterrupt:
        return _said("Stopped; the same command with --resume goes on after the last checkpoint.", 130)
    return 0


# Seconds in which the launcher ends the other processes, once the first has said what is wrong and ended.
ENDED = 5


def _said(sentence, code):
    """The exit code, once the sentence stands on the terminal: once, where all processes would say the same."""
    rank = os.environ.get("RANK", "0")
    if rank != "0":
        time.sleep(ENDED)
        sentence = f"Process {rank}: {sentence}"
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
