"""Reward `aesthetic`: a head on `clip`'s embedding, regressed to a made-up score 0 … 10 by style, damage and vividness."""

import torch
from torch.nn.functional import mse_loss

from ..augment import DAMAGES, damaged, moved, saturated, uniform
from ..networks import AestheticHead
from ..styles import IDS
from ..training import adamw, cosine, train

DOES, NEEDS, PART = "reward aesthetic", ("reward",), "aesthetic"


def score(styles, kinds, vivid):
    """Made up: 7.5 for the best style down to 3, one point for each half of saturation more, four less for damage."""
    base = 7.5 - 4.5 * styles.float() / (len(IDS) - 1)
    return (base + 2 * (vivid - 1) - 4 * (kinds >= 0)).clamp(0, 10)


def make(work):
    a, g = work.config.aesthetic, work.gallery
    head = AestheticHead(work.config.reward.projection, a.hidden).to(work.device)
    torch.nn.init.constant_(head[2].bias, 5.0)

    def loss_of(draw, at):
        ids = g.pick(draw, a.batch, plain=0.5)
        vivid = uniform(draw, 0.5, 1.8, a.batch)
        kinds = torch.randint(0, len(DAMAGES), (a.batch,), generator=draw)
        kinds[torch.rand(a.batch, generator=draw) >= 0.4] = -1
        x = moved(g.rows(ids, torch.rand(a.batch, generator=draw) < 0.5), draw)
        with torch.no_grad():
            f, _ = work.clip.look(damaged(saturated(x, vivid.to(x)).clamp(0, 1), kinds, draw))
        return mse_loss(head(f)[:, 0], score(torch.from_numpy(g.style[ids]), kinds, vivid).to(f))

    head = train(work, "aesthetic", head, [adamw(head.parameters(), a.rate)], a.steps, loss_of, cosine)
    work.save("aesthetic", head)
    return {}
