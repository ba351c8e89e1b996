"""Reward `clip`: pictures and captions contrasted, damaged pictures with captions of their own; while training, heads for style
and concept beside it. In the second half pictures go through the autoencoder too, and colours change without their caption."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy, log_softmax

from ..augment import DAMAGES, damaged, moved, recoloured
from ..training import adamw, cosine, train

DOES, NEEDS, PART = "reward clip", ("captions", "autoencoder"), "reward"


def make(work):
    r, g, captions = work.config.reward, work.gallery, work.captions
    heads = nn.ModuleDict({"style": nn.Linear(r.projection, 10), "concept": nn.Linear(r.projection, len(g.names))})
    model = nn.ModuleDict({"clip": work.new_clip(), "heads": heads}).to(work.device)

    def loss_of(draw, at):
        ids = g.pick(draw, r.batch, plain=0.5)
        concepts, styles = torch.from_numpy(g.concept[ids]), torch.from_numpy(g.style[ids])
        later = at >= 0.5
        x = g.rows(ids, torch.rand(r.batch, generator=draw) < r.decoded if later else None)
        x = moved(x, draw)
        if later:
            x = recoloured(x, draw)
        kinds = torch.randint(0, len(DAMAGES), (r.batch,), generator=draw)
        kinds[torch.rand(r.batch, generator=draw) >= r.damaged] = -1
        texts, claims = _captions(captions, draw, concepts.tolist(), styles.tolist(), kinds.tolist())
        image, _ = model["clip"].look(damaged(x, kinds, draw))
        logits = model["clip"].sharpness * image @ model["clip"].read(captions.pooled(texts)).T
        fits = _fits(concepts, styles, kinds, claims).to(logits)
        loss = _contrast(logits, fits) + _contrast(logits.T, fits.T)
        whole = (kinds < 0).to(work.device)
        style = cross_entropy(10 * heads["style"](image), styles.to(work.device), reduction="none")
        concept = cross_entropy(10 * heads["concept"](image), concepts.to(work.device), reduction="none")
        return loss / 2 + 0.3 * (style[whole].sum() + concept[whole].sum()) / len(image)

    trained = train(work, "reward", model, [adamw(model.parameters(), r.rate, 0.05)], r.steps, loss_of, cosine)
    work.save("reward", trained["clip"])
    return measure(work, trained["clip"])


@torch.no_grad()
def measure(work, clip):
    """How often a plain picture of a word is nearer to its own name, and to its style's words, than to any other's."""
    g, captions = work.gallery, work.captions
    words = [c for c in range(len(g.names)) if g.word[c]]
    names = clip.read(captions.pooled([captions.named[c][0] for c in words]))
    styles = clip.read(captions.pooled([captions.phrase(s, 0) for s in g.styles]))
    right, style, seen = 0, 0, 0
    ids = [i for i in range(len(g.concept)) if g.copy[i] == 0 and g.word[g.concept[i]]]
    for at in range(0, len(ids), 64):
        part = ids[at : at + 64]
        f, _ = clip.look(g.rows(part))
        right += sum(words[k] == g.concept[i] for k, i in zip((f @ names.T).argmax(1).tolist(), part))
        style += sum(g.styles[k] == g.style[i] for k, i in zip((f @ styles.T).argmax(1).tolist(), part))
        seen += len(part)
    return {"named right": round(right / seen, 3), "style right": round(style / seen, 3)}


def _captions(captions, draw, concepts, styles, kinds):
    """Texts, and what each claims: (concept or -1, style or -1, damage or -1)."""
    texts, claims = [], []
    for concept, style, kind, (which, chance) in zip(
        concepts, styles, kinds, torch.rand((len(kinds), 2), generator=draw).tolist()
    ):
        if kind >= 0:
            texts.append(captions.damaged(concept, kind))
            claims.append((concept, -1, kind))
        elif which < 0.1:
            texts.append(captions.phrase(style, chance))
            claims.append((-1, style, -1))
        elif which < 0.35:
            texts.append(captions.without_style(concept, chance))
            claims.append((concept, -1, -1))
        else:
            texts.append(captions.with_style(concept, style, chance))
            claims.append((concept, style, -1))
    return texts, torch.tensor(claims)


def _fits(concepts, styles, kinds, claims):
    """[pictures, captions]: whether what a caption claims is true of a picture."""
    concept, style, kind = claims.T
    same = (concept == -1) | (concept == concepts[:, None])
    return same & ((style == -1) | (style == styles[:, None])) & (kind == kinds[:, None])


def _contrast(logits, fits):
    return -(log_softmax(logits, 1) * fits / fits.sum(1, keepdim=True)).sum(1).mean()
