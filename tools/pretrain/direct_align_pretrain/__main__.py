"""python -m direct_align_pretrain --out DIR: makes a base bundle in DIR/bundle, stage by stage."""

import argparse
import errno
import logging
import os
import sys
import time
import warnings

from .errors import UserError


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UserError(f"{message[:1].upper()}{message[1:]}; --help lists the options.")


def parser():
    made = Parser(prog="python -m direct_align_pretrain", description=__doc__)
    made.add_argument("--out", required=True, help="folder of the work; the bundle is its `bundle`")
    made.add_argument("--stage", nargs="+", metavar="STAGE", help="these stages only (default: all that are not finished)")
    made.add_argument("--from", dest="anew", metavar="STAGE", help="make this stage and what depends on it anew")
    made.add_argument("--tiny", action="store_true", help="a small bundle in minutes, from pictures that are here")
    made.add_argument("--set", nargs="+", action="extend", default=[], metavar="PART.KEY=VALUE", help="a size or budget")
    made.add_argument("--budget", type=float, default=1.0, help="factor on every stage's steps")
    made.add_argument("--text", metavar="BUNDLE", help="bundle whose text encoder to take (default: the checkout's mini-flux)")
    made.add_argument("--device", help="cpu, cuda … (default: a GPU where there is one)")
    made.add_argument("--checkpoint-seconds", type=float, default=60.0, help="between checkpoints (60)")
    made.add_argument("--list", action="store_true", help="print the stages, which are finished, and the settings")
    return made


def run(args):
    """Makes the stages that the arguments ask for."""
    from .config import Config, as_json, changed, check, scaled, tiny
    from .folder import difference
    from .stages import STAGES
    from .training import other_config
    from .work import Work

    for name in [*(args.stage or []), *([args.anew] if args.anew else [])]:
        if name not in STAGES:
            raise UserError(f'There is no stage "{name[:60]}"; there are {", ".join(STAGES)}.')
    if not 0 < args.budget <= 1000:
        raise UserError(f"--budget is {args.budget:g}, expected above 0 and up to 1000.")
    config = changed(scaled(tiny() if args.tiny else Config(), args.budget), args.set)
    check(config)
    work = Work(config, args.out, _device(args.device), args.text, checkpoint_seconds=args.checkpoint_seconds)
    try:
        work.text_folder()
        if args.list:
            for name, stage in STAGES.items():
                print(f"{name:13} {'finished' if work.folder.finished(name) else '-':9} {stage.DOES}")
            print(as_json(config))
            return
        if args.anew:
            for name in _dependent(args.anew, STAGES):
                work.folder.drop(name)
        # What is there and was made otherwise is named before anything is computed.
        for name in args.stage or STAGES:
            record = work.folder.finished(name)
            if record and (found := difference(record["settings"], work.settings(name))):
                raise other_config(work.folder.of(name), name, *found)
        for name in STAGES:
            if args.stage is None or name in args.stage:
                _make(work, name, STAGES)
    finally:
        work.folder.close()


def _make(work, name, stages):
    if work.folder.finished(name):
        print(f"{name}: finished before")
        return
    if missing := next((need for need in stages[name].NEEDS if not work.folder.finished(need)), None):
        raise UserError(f"Stage {name} needs stage {missing}, which is not finished in {work.folder.path}: make that first.")
    begin = time.monotonic()
    work.begin(name)
    measured = stages[name].make(work)
    seconds = round(time.monotonic() - begin, 1)
    work.folder.finish(name, work.settings(name), measured)
    print(", ".join([f"{name}: {seconds:g} s", *(f"{what} {value}" for what, value in measured.items())]), flush=True)


def _dependent(name, stages):
    """The stage and all that need it, the last first."""
    out = {name}
    for other, stage in stages.items():
        if out & set(stage.NEEDS):
            out.add(other)
    return [other for other in reversed(stages) if other in out]


def _device(name):
    import torch

    if name is None:
        return None
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name}: cannot be used here ({str(error).splitlines()[0][:100]}).") from None
    return name


def quiet():
    """Keeps libraries' notices off the terminal."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.getLogger("torch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")


def main(arguments=None):
    try:
        args = parser().parse_args(arguments)
        quiet()
        run(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or args.out
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print(f"{where}: the disk is full; make room and give the same command, it goes on where it was.", file=sys.stderr)
        else:
            print(f"{where}: cannot be used ({error.strerror or error}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the same command goes on after the last checkpoint.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
