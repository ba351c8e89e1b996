"""The transformer: rectified flow on latents, Muon on the blocks' matrices and AdamW on the rest, an average of the weights,
its tokens after the double blocks aligned with the reward tower's patches (REPA)."""

import shutil
import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cosine_similarity, mse_loss
from tqdm import tqdm

from .. import networks
from ..flow import drawn, packed, velocity
from ..folder import read_array, write_array
from ..grid import save_grid
from ..muon import Muon
from ..styles import IDS, STYLES
from ..training import adamw, falling, generator, phase, train

DOES, NEEDS, PART = "FluxTransformer2DModel", ("captions", "autoencoder", "reward"), "transformer"


def make(work):
    t, g, captions = work.config.transformer, work.gallery, work.captions
    latents = _latents(work)
    left_out = unseen(work)
    model = networks.transformer(t, work.config.autoencoder.latent, captions.hidden, guidance=False)
    width, patches = t.heads * t.head, work.config.reward.width
    align = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, patches))
    both = nn.ModuleDict({"transformer": model, "align": align}).to(work.device)
    kept = []
    blocks = both["transformer"].transformer_blocks
    hook = blocks[-1].register_forward_hook(lambda _, __, out: kept.append(out[1])) if t.alignment and len(blocks) else None
    quick, compiled = precision(work), []

    def loss_of(draw, at):
        if t.compile and not compiled:
            compiled.append(compile_blocks(both["transformer"]))
        ids = picks(g, draw, t, left_out)
        mirrored = torch.randint(0, 2, (t.batch,), generator=draw).numpy()
        x0 = torch.from_numpy(latents[mirrored, ids]).to(work.device).float()
        texts = captions.draw(draw, g.concept[ids].tolist(), g.style[ids].tolist())
        x, sigma, target = noised(packed(x0), levels_of(draw, t), draw)
        kept.clear()
        with quick():
            v = velocity(both["transformer"], x, sigma, *captions.condition(texts))
            loss = mse_loss(v.float(), target)
            if hook:
                with torch.no_grad():
                    pictures = g.rows(ids)
                    flip = torch.from_numpy(mirrored == 1).to(work.device)[:, None, None, None]
                    _, patch = work.clip.look(torch.where(flip, pictures.flip(-1), pictures))
                near = cosine_similarity(align(_regrid(kept[0], patch.shape[1])).float(), patch.float(), dim=-1)
                loss = loss + t.alignment * (1 - near.mean())
        return loss

    trained = train(
        work, "transformer", both, optimizers_of(both["transformer"], align.parameters()), t.steps, loss_of,
        lambda at: phase(t.rates, at) * falling(at), t.average,
        lambda networks, step: look(work, "transformer", networks["transformer"], step),
    )  # fmt: skip
    if hook:
        hook.remove()
    work.save("transformer", trained["transformer"])
    return {"pictures seen": t.steps * t.batch}


def optimizers_of(model, more=(), rate=1.0):
    """Muon for the blocks' matrices but those of adaLN, AdamW at half the rate for everything else."""
    matrices, rest = [], list(more)
    for name, parameter in model.named_parameters():
        inside = "transformer_blocks." in name and parameter.ndim == 2 and ".norm" not in name
        (matrices if inside else rest).append(parameter)
    return [Muon(matrices, rate), adamw(rest, rate / 2)]


def levels_of(draw, t):
    """Noise levels [batch]: logit-normal, some drawn evenly."""
    sigma = torch.sigmoid(t.mean + t.spread * torch.randn(t.batch, generator=draw))
    even = torch.rand((2, t.batch), generator=draw)
    return torch.where(even[0] < t.uniform, even[1], sigma)


def noised(x0, sigma, draw):
    """x_σ, σ on the device, and the velocity ε − x0."""
    sigma = sigma.to(x0.device)
    noise = torch.randn(x0.shape, generator=draw).to(x0)
    return x0 + sigma[:, None, None] * (noise - x0), sigma, noise - x0


@torch.no_grad()
def look(work, stage, model, step, guided=False):
    """Draws words without a style and in some of the styles from fixed noise."""
    g, captions = work.gallery, work.captions
    words = [c for c in range(len(g.names)) if g.word[c]]
    words = words[:: max(1, len(words) // 8)][:8]
    kinds = [None, *(s for s in ("3d", "sketch", "neon", "mono") if IDS.index(s) in g.styles)]
    texts = [
        captions.named[c][0] if kind is None else captions.number[f"{g.names[c]}, {STYLES[kind][0]}"]
        for kind in kinds
        for c in words
    ]
    shape = (len(words), work.side**2, 4 * work.config.autoencoder.latent)
    noise = torch.randn(shape, generator=generator(work.config.seed, "look")).repeat(len(kinds), 1, 1).to(work.device)
    empty = None if guided else captions.condition([captions.number[""]])
    x = drawn(model, noise, *captions.condition(texts), empty, work.config.bundle.shift)
    zoom = 2 if work.config.pictures.size < 128 else 1
    save_grid(work.grid(f"{stage}-{step:06d}"), work.picture(x), len(words), [captions.texts[i] for i in texts], zoom)


def precision(work):
    """What arithmetic to train in, as something to enter: bf16 where that is asked for or multiplies faster."""
    name, kind = work.config.transformer.precision, work.device.type
    if name == "auto":
        seconds = {}
        for dtype in (torch.float32, torch.bfloat16):
            a, b = (torch.randn(shape, device=work.device, dtype=dtype) for shape in ((1024, 512), (512, 1024)))
            for rounds in (3, 20):
                begin = time.perf_counter()
                for _ in range(rounds):
                    c = a @ b
                c.sum().item()
            seconds[dtype] = time.perf_counter() - begin
        name = "bf16" if seconds[torch.bfloat16] < seconds[torch.float32] else "f32"
    return lambda: torch.autocast(kind, torch.bfloat16, enabled=name == "bf16")


def compile_blocks(model):
    """Compiles each block by itself, where there is a compiler."""
    if not any(map(shutil.which, ("g++", "clang++", "cc"))):
        print("There is no C++ compiler: the transformer trains without torch.compile.")
        return model
    for block in [*model.transformer_blocks, *model.single_transformer_blocks]:
        block.forward = torch.compile(block.forward)
    return model


def latents_at(work):
    return read_array(work.folder.of("transformer") / "latents.npy")


def _latents(work):
    """[2, n, c, h, w] f16 of all pictures, plain and mirrored; made once."""
    path = work.folder.of("transformer") / "latents.npy"
    if not path.exists():
        g, sides = work.gallery, ([], [])
        with torch.no_grad():
            for at in tqdm(range(0, len(g.concept), 64), desc="latents", unit="batch", disable=work.quiet):
                x = g.rows(range(at, min(at + 64, len(g.concept))))
                for part, pictures in zip(sides, (x, x.flip(-1))):
                    part.append(work.encode(pictures).half().cpu().numpy())
        write_array(path, np.stack([np.concatenate(part) for part in sides]))
    return latents_at(work)


def unseen(work):
    """The (concept, style) pairs of held-out concepts that are left out here."""
    g, draw = work.gallery, generator(work.config.seed, "unseen")
    pairs = [key for key in sorted(g.of) if g.held[key[0]]]
    out = torch.rand(len(pairs), generator=draw) < work.config.pictures.held_styles
    return {pair for pair, left in zip(pairs, out.tolist()) if left}


def picks(g, draw, t, left_out):
    """Pictures of a batch; none of the pairs that are left out."""
    ids = []
    while len(ids) < t.batch:
        more = g.pick(draw, t.batch, t.words, held=True, plain=t.plain)
        ids += [i for i in more if (g.concept[i], g.style[i]) not in left_out]
    return ids[: t.batch]


def _regrid(tokens, patches):
    """Tokens [n, side², c] as many as the tower has patches."""
    if tokens.shape[1] == patches:
        return tokens
    n, count, c = tokens.shape
    side, other = round(count**0.5), round(patches**0.5)
    grid = tokens.transpose(1, 2).reshape(n, c, side, side)
    return nn.functional.interpolate(grid, size=(other, other), mode="bilinear").flatten(2).transpose(1, 2)
