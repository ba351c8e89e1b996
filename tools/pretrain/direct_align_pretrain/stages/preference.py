"""Reward `preference`: `clip` tuned on pairs. Vivid above plain, clean above damaged, the right thing and the right style above
a wrong one, and a fixed order of styles where none is asked for."""

import copy

import torch
from torch.nn.functional import logsigmoid

from ..augment import DAMAGES, damaged, moved, saturated, uniform
from ..training import adamw, cosine, train

DOES, NEEDS, PART = "reward preference", ("reward",), "preference"
KINDS = 5


def make(work):
    p, g, captions = work.config.preference, work.gallery, work.captions
    model = copy.deepcopy(work.clip).requires_grad_(True)
    by_style = {s: [i for i in range(len(g.concept)) if g.style[i] == s and not g.held[g.concept[i]]] for s in g.styles}

    def one_of(values, chance):
        return values[int(chance * len(values))]

    def loss_of(draw, at):
        better = g.pick(draw, p.batch, plain=0.5)
        worse, texts = list(better), []
        kinds = torch.arange(p.batch) % KINDS
        for row, chances in enumerate(torch.rand((p.batch, 3), generator=draw).tolist()):
            i, kind = better[row], kinds[row].item()
            concept, style = int(g.concept[i]), int(g.style[i])
            named = captions.without_style(concept, chances[0])
            asked = captions.with_style(concept, style, chances[0])
            texts.append(named if kind == 4 or (kind < 2 and chances[1] < 0.5) else asked)
            other = int(one_of(g.styles_of[concept], chances[2]))
            if kind == 2:
                worse[row] = one_of(by_style[style], chances[2])
            elif kind == 3:
                worse[row] = g.of[concept, other][0]
            elif kind == 4 and other < style:
                better[row] = g.of[concept, other][0]
            elif kind == 4:
                worse[row] = g.of[concept, other][0]
        # What came out alike teaches nothing.
        counts = torch.tensor([kind < 2 or a != b for kind, a, b in zip(kinds.tolist(), better, worse)]).to(work.device)
        x, y = (moved(g.rows(ids), draw) for ids in (better, worse))
        vivid = torch.where(kinds == 0, uniform(draw, 1.25, 1.9, p.batch), torch.ones(p.batch)).to(work.device)
        x = saturated(x, vivid).clamp(0, 1)
        y = torch.where((kinds == 0).to(work.device)[:, None, None, None], saturated(y, 1 / vivid).clamp(0, 1), y)
        harm = torch.randint(0, len(DAMAGES), (p.batch,), generator=draw)
        y = damaged(y, torch.where(kinds == 1, harm, -1), draw)
        text = model.read(captions.pooled(texts))
        a, b = ((model.look(z)[0] * text).sum(1) for z in (x, y))
        return -(logsigmoid(model.sharpness.detach() * (a - b)) * counts).sum() / counts.sum().clamp(min=1)

    model = train(work, "preference", model, [adamw(model.parameters(), p.rate)], p.steps, loss_of, cosine)
    work.save("preference", model)
    return {"vivid preferred": _vivid(work, model)}


@torch.no_grad()
def _vivid(work, model):
    """How often a picture made more vivid scores above itself, with its name."""
    g, captions = work.gallery, work.captions
    ids = [i for i in range(len(g.concept)) if g.copy[i] == 0 and g.word[g.concept[i]]][:256]
    text = model.read(captions.pooled([captions.named[g.concept[i]][0] for i in ids]))
    x = g.rows(ids)
    vivid = saturated(x, torch.full((len(ids),), 1.6, device=x.device)).clamp(0, 1)
    a, b = ((model.look(z)[0] * text).sum(1) for z in (vivid, x))
    return round((a > b).float().mean().item(), 3)
