"""The judge: a convolutional network that names style, thing and damage. No reward's gradient ever comes from it."""

import torch
from torch.nn.functional import cross_entropy

from ..augment import DAMAGES, damaged, moved, recoloured
from ..networks import JudgeNetwork
from ..training import adamw, cosine, train

DOES, NEEDS, PART = "the judge", ("pictures", "autoencoder"), "judge"


def network(work):
    j, g = work.config.judge, work.gallery
    return JudgeNetwork(j.widths, j.embedding, len(g.styles), int(g.word.sum()) + 1, len(DAMAGES) + 1)


def targets(work):
    """{concept: its output}; what is no word is the last, "something else"."""
    words = [c for c in range(len(work.gallery.names)) if work.gallery.word[c]]
    return {c: words.index(c) if c in words else len(words) for c in range(len(work.gallery.names))}


def make(work):
    j, g = work.config.judge, work.gallery
    model, outputs = network(work).to(work.device), targets(work)

    def loss_of(draw, at):
        ids = g.pick(draw, j.batch, words=0.85, held=True)
        x = moved(g.rows(ids, torch.rand(j.batch, generator=draw) < j.decoded), draw, (0.85, 1.2), 10.0, 0.06)
        x = recoloured(x, draw, 0.15, 0.15, 0.1)
        kinds = torch.randint(0, len(DAMAGES), (j.batch,), generator=draw)
        kinds[torch.rand(j.batch, generator=draw) >= j.damaged] = -1
        # A little noise is no damage.
        x = damaged(x, kinds, draw) + torch.randn(x.shape, generator=draw).to(x) * 0.01
        style, concept, damage, _ = model.look(x)
        loss = cross_entropy(style, torch.tensor([g.styles.index(g.style[i]) for i in ids], device=x.device))
        loss = loss + cross_entropy(concept, torch.tensor([outputs[g.concept[i]] for i in ids], device=x.device))
        return loss + cross_entropy(damage, (kinds + 1).to(x.device))

    model = train(work, "judge", model, [adamw(model.parameters(), j.rate, 0.02)], j.steps, loss_of, cosine)
    work.save("judge", model)
    return {}
