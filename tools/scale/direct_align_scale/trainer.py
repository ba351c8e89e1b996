"""A run at work."""

import math
import time
import warnings
from contextlib import nullcontext

import numpy as np
import torch
from PIL import Image

from . import draw
from .adapter import Adapter
from .base import Base, block_classes
from .checkpoints import Checkpoints, State
from .errors import UserError
from .export import metadata, write_adapter
from .frame import Frame
from .methods import METHODS
from .out import CHECKPOINTS
from .pictures import LatentsOf
from .run_file import shares, words_at


class Trainer:
    """Every process has one."""

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
