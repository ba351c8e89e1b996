"""Guidance distillation: a copy that is told the guidance learns the teacher's guided velocity v_u + w(v_c − v_u)."""

from dataclasses import replace

import torch

from .. import networks
from ..augment import uniform
from ..flow import packed, velocity
from ..training import falling, train
from .transformer import latents_at, levels_of, look, noised, optimizers_of, picks, precision, unseen

DOES, NEEDS, PART = "guidance into the transformer", ("transformer",), "distillation"


def student(work):
    """A transformer that is told the guidance."""
    return networks.transformer(work.config.transformer, work.config.autoencoder.latent, work.captions.hidden, guidance=True)


def make(work):
    d, g, captions = work.config.distillation, work.gallery, work.captions
    t = replace(work.config.transformer, batch=d.batch)
    latents, left_out, quick = latents_at(work), unseen(work), precision(work)
    teacher = networks.transformer(t, work.config.autoencoder.latent, captions.hidden, guidance=False)
    teacher, model = work.load("transformer", teacher), student(work)
    model.load_state_dict(teacher.state_dict(), strict=False)
    # The guidance counts for nothing at first.
    last = model.time_text_embed.guidance_embedder.linear_2
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    model.to(work.device)
    empty = captions.condition([captions.number[""]] * d.batch)

    def loss_of(draw, at):
        ids = picks(g, draw, t, left_out)
        mirrored = torch.randint(0, 2, (d.batch,), generator=draw).numpy()
        x0 = torch.from_numpy(latents[mirrored, ids]).to(work.device).float()
        texts = captions.condition(captions.draw(draw, g.concept[ids].tolist(), g.style[ids].tolist()))
        x, sigma, _ = noised(packed(x0), levels_of(draw, t), draw)
        w = uniform(draw, *d.guidance, d.batch).to(work.device)
        with quick():
            with torch.no_grad():
                bare, told = velocity(teacher, x, sigma, *empty), velocity(teacher, x, sigma, *texts)
                target = (bare + w[:, None, None] * (told - bare)).float()
            v = velocity(model, x, sigma, *texts, w)
        return (((v.float() - target) ** 2).mean((1, 2)) / w.sqrt()).mean()

    model = train(
        work, "distillation", model, optimizers_of(model, rate=d.rate), d.steps, loss_of, falling, d.average,
        lambda model, step: look(work, "distillation", model, step, guided=True), looks=4,
    )  # fmt: skip
    work.save("distillation", model)
    return {}
