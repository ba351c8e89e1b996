"""A run from its files to its adapter, in one process or many.

    OUT: run.json  metrics.jsonl  lora/pytorch_lora_weights.safetensors  adapters/step-000010.safetensors …
         samples/step-000000.png …  checkpoints/step-000007

After an update first its line of metrics is appended, then a LoRA kept where one is due, then the checkpoint (accelerate's) takes
its place whole. A process killed in between leaves a line too many, which a resume cuts off before it repeats the update.
"""

import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image
from tqdm import tqdm

from . import draw, needs
from .adapter import Adapter
from .base import TRANSFORMERS, Base, Folder, block_classes, check_rewards
from .errors import UserError, first_line
from .export import metadata, write_adapter
from .files import read_tensors
from .fits import check_fit
from .frame import Frame
from .methods import METHODS
from .pictures import LatentsOf, Pictures
from .rewards import needs_words_encoded
from .run_file import parse_run_file, read_run_file, run_key, shares, word_history, words_at
from .text import EmbeddingsFile

EXPORT = "lora/pytorch_lora_weights.safetensors"
CHECKPOINTS = "checkpoints"
NO_JUDGE = (
    '"stop" is not followed here, where no judge looks at the grids: the run makes all its updates. Compare the kept '
    "adapters with `studio evaluate`."
)
WRITTEN = ("run.json", "metrics.jsonl", "lora", "adapters", "samples", CHECKPOINTS)


def texts_of(run, folder, pictures=None):
    """Every text that the base's encoder is asked for in a run: prompts, captions, samples, none where guidance needs it,
    and prompts with a word before them where a reward reads the base's pooled text."""
    prompts = [*run["prompts"], *(pictures.captions if pictures else [])]
    texts = [*prompts, *run["samples"]["prompts"]]
    if not folder.transformer.get("guidance_embeds", False):
        texts.append("")
    if needs_words_encoded(folder.path, shares(run), folder.reward_names):
        words = [word for at in word_history(run) for word in (*at["positive"], *at["negative"])]
        texts += [f"{word}. {prompt}" for word in words for prompt in prompts]
    return list(dict.fromkeys(texts))


class State:
    """What an accelerate checkpoint holds: the factors, AdamW's moments, the old LoRA, the number of updates done, and which
    base, size and pictures they belong to. The base's weights are not in it."""

    def __init__(self, adapter, optimizer, folder, pictures):
        self.adapter, self.optimizer, self.step = adapter, optimizer, 0
        self.base, self.size = folder.fingerprint, [folder.width, folder.height]
        self.pictures = pictures and pictures.fingerprint

    def state_dict(self):
        return {
            "step": self.step,
            "base": self.base,
            "size": self.size,
            "pictures": self.pictures,
            "factors": {name: value.cpu() for name, value in self.adapter.values().items()},
            "old": None if self.adapter.old is None else {name: v.cpu() for name, v in self.adapter.old.items()},
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state):
        if state["pictures"] != self.pictures:
            raise UserError(
                '"images": these are not the pictures that the run was begun with: put files and captions back as they were, '
                "or begin anew with --force."
            )
        if state["base"] != self.base:
            raise UserError("--model: the run was begun with another base: give that one, or begin anew with --force.")
        if state["size"] != self.size:
            width, height = state["size"]
            raise UserError(f"--size: the run was begun with {width}x{height}: give that, or begin anew with --force.")
        self.step = state["step"]
        self.adapter.load(state["factors"])
        if state["old"] is not None:
            for name, value in state["old"].items():
                self.adapter.old[name].copy_(value)
        self.optimizer.load_state_dict(state["optimizer"])


class Checkpoints:
    """Folders `step-N` of accelerate's save_state; the newest whole one counts, one before it is kept."""

    def __init__(self, folder, accelerator):
        self.folder, self.accelerator = folder, accelerator

    def found(self):
        return sorted(path for path in self.folder.glob("step-*") if re.fullmatch(r"step-\d{6}", path.name))

    def save(self, step):
        partial = self.folder / f".partial-{step:06d}"
        if self.accelerator.is_main_process:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        self.accelerator.wait_for_everyone()
        try:
            self.accelerator.save_state(str(partial))
        except (OSError, RuntimeError) as error:  # torch's own writer makes another error of a full disk
            shutil.rmtree(partial, ignore_errors=True)
            raise UserError(
                f"{partial}: cannot be written ({first_line(error)}); make room and go on with --resume after the checkpoint before."
            ) from None
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            os.replace(partial, self.folder / f"step-{step:06d}")
            for old in self.found()[:-2]:
                shutil.rmtree(old, ignore_errors=True)

    def load_newest(self):
        """Goes on from the newest, where there is one; returns whether there is."""
        *before, newest = [None, *self.found()]
        if newest is None:
            return False
        try:
            self.accelerator.load_state(str(newest))
        except UserError:
            raise
        except Exception as error:  # torch and pickle raise many kinds for a damaged file
            then = f"goes on after {before[-1].name}" if before[-1] else "begins the run anew"
            raise UserError(f"{newest}: cannot be read ({first_line(error, 80)}); remove this folder, and --resume {then}.") from None
        return True


class Out:
    """The run's folder."""

    def __init__(self, path):
        self.path = Path(path)

    def begin(self, run, resume, force):
        """Checks what lies there. Returns whether a run goes on."""
        there = [name for name in WRITTEN if (self.path / name).exists()]
        if resume:
            if not (self.path / "run.json").is_file():
                raise UserError(f"{self.path}: holds no run to resume; leave --resume out to begin one.")
            if not (self.path / CHECKPOINTS).is_dir():
                raise UserError(f"{self.path}: holds no checkpoints, so it is no run of this program; name another folder with --out.")
            before = parse_run_file((self.path / "run.json").read_bytes(), str(self.path / "run.json"))
            if run_key(before) != run_key(run):
                key = next(key for key in {**run, **before} if key != "steps" and before.get(key) != run.get(key))
                raise UserError(f'--resume: "{key}" differs from {self.path}/run.json; only "steps" may change.')
            return True
        if there and not force:
            raise UserError(f"{self.path}: holds a run already ({there[0]}); go on with --resume or begin anew with --force.")
        return False

    def clear(self):
        for name in WRITTEN:
            path = self.path / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def check_writable(self, size):
        """Raises UserError where the folder cannot be written, or has less room than `size` bytes."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise UserError(f"{self.path}: cannot be written ({error.strerror}); name another folder with --out.") from None
        if size > free:
            raise UserError(
                f"{self.path}: checkpoints and adapters need about {size / needs.GIB:.3g} GiB, and {free / needs.GIB:.3g} are free: "
                'make room, or raise "keepEvery".'
            )

    def write_run(self, run):
        # First, so that a resume knows the run for one of this program.
        (self.path / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        (self.path / "run.json").write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def append(self, line):
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def trim(self, step):
        """Keeps the lines of updates 1 to `step`."""
        file = self.path / "metrics.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        kept = []
        for line in lines[:step]:
            try:
                if json.loads(line)["step"] != len(kept) + 1:
                    break
            except (ValueError, KeyError):
                break
            kept.append(line + "\n")
        file.write_text("".join(kept), encoding="utf-8")


def check_tracker(name):
    """Raises UserError for a tracker that accelerate does not know, or whose package is not here: it would log nothing."""
    from accelerate.tracking import get_available_trackers
    from accelerate.utils import LoggerType

    if name not in LoggerType.list():
        raise UserError(f"--log-with {name}: is no tracker of accelerate's, expected one of {', '.join(LoggerType.list())}.")
    if name != "all" and LoggerType(name) not in get_available_trackers():
        raise UserError(f"--log-with {name}: its package is not installed here; install it, or leave the option out.")


def make_accelerator(out, sharded, trackers):
    from accelerate import Accelerator, FullyShardedDataParallelPlugin

    plugin = None
    if sharded:
        os.environ.setdefault("FSDP_VERSION", "2")
        plugin = FullyShardedDataParallelPlugin(
            fsdp_version=2, reshard_after_forward=True, auto_wrap_policy="transformer_based_wrap",
            cpu_ram_efficient_loading=False, state_dict_type="SHARDED_STATE_DICT",
        )  # fmt: skip
    on_cpu = os.environ.get("ACCELERATE_USE_CPU", "false").lower() == "true" or not torch.cuda.is_available()
    try:
        accelerator = Accelerator(fsdp_plugin=None if on_cpu else plugin, log_with=trackers or None, project_dir=str(out))
    except (ValueError, ImportError) as error:
        raise UserError(f"accelerate: {first_line(error)}.") from None
    started = int(os.environ.get("WORLD_SIZE", "1"))
    if accelerator.num_processes != started:
        raise UserError(
            f"{started} processes were started and accelerate sees {accelerator.num_processes}: there is no GPU for each; "
            "without GPUs start them with ACCELERATE_USE_CPU=true torchrun."
        )
    if sharded and on_cpu:
        # accelerate takes the plugin for GPUs alone, though what it does with it works over gloo too.
        accelerator.state.fsdp_plugin = plugin
    if accelerator.mixed_precision not in ("no", "bf16"):
        raise UserError(f"accelerate's mixed precision is {accelerator.mixed_precision}; expected bf16 or no.")
    return accelerator


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
    if (args.shard or _accelerate_shards()) and processes == 1:
        raise UserError("--shard spreads the transformer over processes, but there is one: start more with accelerate launch.")
    if args.log_with:
        check_tracker(args.log_with)
    out = Out(args.out)
    resumes = out.begin(run, args.resume, args.force)
    shape = needs.shape_of(folder, run)
    _check_memory(args, run, folder, processes, shape)
    out.check_writable(needs.disk(run, shape))
    return run, folder, pictures, resumes


def _accelerate_shards():
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def _check_memory(args, run, folder, processes, shape):
    sharded = args.shard or _accelerate_shards()
    on_gpu = torch.cuda.is_available() and os.environ.get("ACCELERATE_USE_CPU", "false").lower() != "true"
    bytes_each = 2 if os.environ.get("ACCELERATE_MIXED_PRECISION", "no") == "bf16" else 4
    text_tokens = folder.text_length or 512
    settings = {"processes": processes, "sharded": sharded, "checkpointing": args.checkpointing, "at_once": args.rows}
    parts = needs.memory(folder, run, bytes_each=bytes_each, text_tokens=text_tokens, shape=shape, **settings)
    need = needs.total(parts, needs.CONTEXT if on_gpu else 0)
    host = psutil.virtual_memory().available / int(os.environ.get("LOCAL_WORLD_SIZE", processes))
    if on_gpu and (weights := shape.parameters * bytes_each) > host:
        raise UserError(
            f"A process reads the transformer's {weights / needs.GIB:.3g} GiB into the machine's memory first and has "
            f"{host / needs.GIB:.3g} there: start fewer processes on a machine."
        )
    if args.memory is not None:
        free = args.memory * needs.GIB
    elif on_gpu:
        free = torch.cuda.mem_get_info(int(os.environ.get("LOCAL_RANK", "0")))[0]
    else:
        free = host
    if need > free:
        largest = max(parts, key=parts.get)
        raise UserError(
            f"A process needs about {need / needs.GIB:.3g} GiB and has {free / needs.GIB:.3g}; the most is the {largest} "
            f"({parts[largest] / needs.GIB:.3g} GiB): take {needs.advice(run, **settings)}."
        )


class Trainer:
    """A run at work; every process has one."""

    def __init__(self, accelerator, run, folder, out, *, sharded=False, checkpointing=True, at_once=None, pictures=None):
        self.accelerator, self.run, self.out = accelerator, run, out
        self.method = METHODS[run["method"]]
        self.local = run["batch"] // accelerator.num_processes
        self.at_once = at_once
        dtype = torch.bfloat16 if accelerator.mixed_precision == "bf16" else torch.float32
        device = accelerator.device
        self.base = base = Base(
            folder, device, dtype, checkpointing, accelerator.process_index, spread=sharded, autocast=accelerator.autocast,
            shares=shares(run),
        )  # fmt: skip
        self.adapter = base.adapter = Adapter(base.transformer, run)
        if self.method.old_keeps:
            self.adapter.begin_old()
        self._spread(sharded)
        optimizer = run["optimizer"]
        self.optimizer = torch.optim.AdamW(
            self.adapter.factors.values(), lr=optimizer["learningRate"], betas=(0.9, 0.999), eps=1e-8,
            weight_decay=optimizer["weightDecay"],
        )  # fmt: skip
        self.latents = LatentsOf(pictures, base) if pictures else None
        self.state = State(self.adapter, self.optimizer, folder, pictures)
        accelerator.register_for_checkpointing(self.state)
        # The base's weights are frozen: no checkpoint needs them.
        accelerator.register_save_state_pre_hook(lambda models, weights, path: weights.clear())
        accelerator.register_load_state_pre_hook(lambda models, path: models.clear())
        self.checkpoints = Checkpoints(out.path / CHECKPOINTS, accelerator)

    def _spread(self, sharded):
        """Data parallel: every process has the whole transformer (DDP). Sharded: its blocks' frozen weights lie over all
        processes (FSDP2), gathered one block at a time; the LoRA stays whole on each."""
        transformer, accelerator = self.base.transformer, self.accelerator
        self.quiet = nullcontext
        if sharded:
            from accelerate.utils import fsdp2_prepare_model
            from torch.distributed.fsdp import MixedPrecisionPolicy

            plugin = accelerator.state.fsdp_plugin
            plugin.ignored_modules = self.adapter.modules
            plugin.transformer_cls_names_to_wrap = block_classes(transformer)
            # Weights have their precision already, and casting what goes in would round the noise level.
            plugin.mixed_precision_policy = MixedPrecisionPolicy()
            for module in self.adapter.modules:
                module.to(accelerator.device)
            # Nothing here writes into what a block returns.
            warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view tensor")
            self.base.call = fsdp2_prepare_model(accelerator, transformer)
        elif accelerator.num_processes > 1:
            self.base.call = accelerator.prepare_model(transformer)
            # Gradients of an update's many backward passes add up here and are averaged once, in `_average`.
            self.quiet = self.base.call.no_sync

    def update(self, step):
        """Update number `step` (from 0): its random choices, the method's step, AdamW. Returns its line of metrics; a loss or
        gradient that is not finite leaves the LoRA as it was and raises UserError."""
        started = time.perf_counter()
        run, method = self.run, self.method
        frame, plan = self.frame(step)
        for factor in self.adapter.factors.values():
            factor.grad = None
        with self.quiet():
            result = method.step(frame, plan)
        columns = {"reward": frame.mean_reward(), "loss": frame.loss_sum, **result.metrics}
        columns["saturation"] = self._saturation(result.x0)
        columns = self._averaged(columns)
        norm = 0.0
        for index in range(method.passes(run)):
            if index:
                self.optimizer.zero_grad()
                with self.quiet():
                    result.again()
            clipped = self._average_gradient()
            if index == 0:
                norm = clipped
            numbers = [clipped, *(v for v in columns.values() if v is not None)]
            if not all(map(math.isfinite, numbers)):
                hint = 'lower "optimizer.learningRate" and go on with --resume' if step else "base, reward or embeddings are damaged"
                raise UserError(f"The loss or gradient of update {step + 1} is not finite; {hint}.")
            self.optimizer.step()
        if method.old_keeps:
            self.adapter.follow(method.old_keeps(run, step + 1))
        positive, negative = frame.words
        return {
            "step": step + 1, "plan": plan, "reward": columns.pop("reward"), "loss": columns.pop("loss"), **columns,
            "gradNorm": norm, "positive": positive, "negative": negative, "seconds": time.perf_counter() - started,
        }  # fmt: skip

    def frame(self, step):
        """This process's part of update `step`, and the plan, which is the same on all."""
        run, method, base = self.run, self.method, self.base
        first = self.accelerator.process_index * self.local
        rows = range(first, first + self.local)
        sigmas = base.sigmas(run["rollout"]["steps"])
        plan = method.draw(run, sigmas, step, draw.stream(run["seed"], draw.PLAN, step))
        shape = (base.about.tokens, base.about.channels)

        def tensor(values):
            return torch.from_numpy(values).to(base.device)

        noise = tensor(draw.noise_of(run, method, step, rows, shape))
        extra = {k: tensor(v) for k, v in draw.extra_of(run, method, plan, step, rows, shape).items()}
        x0 = None
        prompts = draw.prompts_of(run, step)
        if self.latents:
            drawn = self.latents.pictures.drawn(run, step)
            prompts = [self.latents.pictures.captions[i] for i in drawn]
            plan = {**plan, "pictures": drawn}
            x0 = self.latents.rows(drawn[first : first + self.local]).to(base.device)
        words = words_at(run, step)
        frame = Frame(
            base, run, prompts[first : first + self.local], words, noise, extra, x0, self.accelerator.gather, self.at_once
        )
        return frame, plan

    def _average_gradient(self):
        """The mean gradient over processes, in one message; clipped. Returns its norm before clipping."""
        factors = list(self.adapter.factors.values())
        flat = torch.cat([(torch.zeros_like(f) if f.grad is None else f.grad).flatten() for f in factors])
        flat = self.accelerator.reduce(flat, "mean")
        norm = torch.linalg.vector_norm(flat)
        # As torch.nn.utils.clip_grad_norm_ does.
        flat = flat * torch.clamp(self.run["optimizer"]["clipNorm"] / (norm + 1e-6), max=1.0)
        for factor, part in zip(factors, flat.split([f.numel() for f in factors])):
            factor.grad = part.view_as(factor)
        return norm.item()

    def _averaged(self, columns):
        """Means over processes of the columns that are numbers."""
        names = [name for name, value in columns.items() if value is not None]
        values = torch.tensor([float(columns[name]) for name in names], dtype=torch.float64, device=self.base.device)
        values = self.accelerator.reduce(values, "mean").tolist()
        known = dict(zip(names, values))
        whole = {"sigmaIndex"}
        return {n: (int(round(known[n])) if n in whole else known[n]) if n in known else None for n in columns}

    @torch.no_grad()
    def _pictures(self, x0):
        return torch.cat([self.base.decode(x0[at : at + 1]) for at in range(len(x0))])

    def _saturation(self, x0):
        """Mean over the pictures' pixels of max − min over RGB."""
        with self.base.autocast():
            pictures = self._pictures(x0).float()
        return (pictures.amax(1) - pictures.amin(1)).mean().item()

    def samples(self, step):
        """The sample grid: prompt i from noise samples.seed + i with the LoRA as it is, each process some of them."""
        run, base, accelerator = self.run, self.base, self.accelerator
        prompts, processes = run["samples"]["prompts"], accelerator.num_processes
        each = -(-len(prompts) // processes)
        mine = [(accelerator.process_index * each + i) % len(prompts) for i in range(each)]
        shape, seed = (base.about.tokens, base.about.channels), run["samples"]["seed"]
        noise = np.stack([draw.normals(seed + i, draw.SAMPLES, (), shape) for i in mine])
        frame = Frame(
            base, run, [prompts[i] for i in mine], ("", ""), torch.from_numpy(noise).to(base.device),
            at_once=self.at_once or self.local,
        )  # fmt: skip
        with base.autocast():
            pictures = self._pictures(frame.rollout()[-1]).float()
        pictures = accelerator.gather(pictures)[: len(prompts)]
        if accelerator.is_main_process:
            path = self.out.path / f"samples/step-{step:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            _grid(pictures).save(path)

    def export(self, name, step):
        if self.accelerator.is_main_process:
            about = metadata(self.run, self.adapter.linears, step, self.base.about.sha256, self.base.about.is_flux2)
            write_adapter(self.out.path / name, self.adapter.for_file(), about)


def _grid(pictures):
    """Pictures [n, 3, H, W] in rows of the nearest square."""
    columns = math.ceil(math.sqrt(len(pictures)))
    n, _, height, width = pictures.shape
    sheet = Image.new("RGB", (columns * width, -(-n // columns) * height), "white")
    for i, picture in enumerate(pictures.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()):
        sheet.paste(Image.fromarray(picture), (i % columns * width, i // columns * height))
    return sheet


def train(args):
    """`direct_align_scale --run … --model … --out …`."""
    run, folder, pictures, resumes = check_before(args)
    sharded = args.shard or _accelerate_shards()
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


def end(accelerator):
    """Leaves the process group, whose last holds are the prepared models. Kept by one, gloo's threads would outlive the
    interpreter, and one in a dozen runs of two processes was aborted after its work was done."""
    accelerator.free_memory()
    accelerator.end_training()


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
