"""A run from its files to its adapter, in one process or many.

After an update first its line of metrics is appended, then a LoRA kept where one is due, then the checkpoint (accelerate's) takes
its place whole. A process killed in between leaves a line too many, which a resume cuts off before it repeats the update.
"""

import json
import sys

from tqdm import tqdm

from .before import check_before, is_sharded
from .errors import UserError, first_line
from .files import read_tensors
from .out import EXPORT, Out
from .processes import end, make_accelerator
from .trainer import Trainer

NO_JUDGE = (
    '"stop" is not followed here, where no judge looks at the grids: the run makes all its updates. Compare the kept '
    "adapters with `studio evaluate`."
)


def train(args):
    """`direct_align_scale --run … --model … --out …`."""
    run, folder, pictures, resumes = check_before(args)
    sharded = is_sharded(args)
    out = Out(args.out)
    accelerator = make_accelerator(args.out, sharded, args.log_with)
    is_main = accelerator.is_main_process
    if pictures and is_main:
        pictures.warn()
    if "stop" in run and is_main:
        print(NO_JUDGE, file=sys.stderr)
    if args.log_with:
        try:
            accelerator.init_trackers("direct-align", config=_flat(run))
        except Exception as error:  # no account, no network: whatever the tracker's package says of it
            raise UserError(f"--log-with {args.log_with}: {first_line(error)}.") from None
    settings = {"sharded": sharded, "checkpointing": args.checkpointing, "at_once": args.rows, "pictures": pictures}
    trainer = Trainer(accelerator, run, folder, out, **settings)
    goes_on = resumes and trainer.checkpoints.load_newest()
    if not goes_on and args.lora is not None:
        trainer.adapter.load(trainer.adapter.from_file(read_tensors(args.lora), args.lora))
        if trainer.adapter.old is not None:
            trainer.adapter.begin_old()
    if is_main:
        if not resumes:
            out.clear()
        out.write_run(run)
        out.trim(trainer.state.step)
    accelerator.wait_for_everyone()
    _updates(trainer, args, is_main)
    trainer.export(EXPORT, trainer.state.step)
    accelerator.wait_for_everyone()
    del trainer
    end(accelerator)
    if is_main:
        print(out.path / EXPORT)


def _updates(trainer, args, is_main):
    run, state, out = trainer.run, trainer.state, trainer.out
    if state.step == 0:
        trainer.samples(0)
    shown = is_main and sys.stderr.isatty()
    bar = tqdm(total=run["steps"], initial=state.step, disable=not shown, unit="update", file=sys.stderr)
    while state.step < run["steps"]:
        line = trainer.update(state.step)
        state.step += 1
        if is_main:
            out.append(line)
        trainer.accelerator.log({k: v for k, v in line.items() if isinstance(v, int | float)}, step=state.step)
        if state.step % run["keepEvery"] == 0:
            trainer.export(f"adapters/step-{state.step:06d}.safetensors", state.step)
        if state.step % args.checkpoint_every == 0 or state.step == run["steps"]:
            trainer.checkpoints.save(state.step)
        if state.step % run["samples"]["every"] == 0 or state.step == run["steps"]:
            trainer.samples(state.step)
        bar.set_postfix(reward=f"{line['reward']:.3f}", refresh=False)
        bar.update()
    bar.close()


def _flat(value, prefix=""):
    """A run file as trackers take it: names with dots, plain values."""
    out = {}
    for key, part in value.items():
        if isinstance(part, dict):
            out |= _flat(part, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = part if isinstance(part, int | float | str) else json.dumps(part)
    return out
