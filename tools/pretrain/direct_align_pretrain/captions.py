"""The captions that stage `captions` wrote and encoded."""

import numpy as np
import torch

from .folder import made_by_a_stage, read_array, read_json
from .styles import IDS, STYLES

FORMS = ("{name}, {phrase}", "{phrase} of {name}", "{phrase}. {name}")


class Captions:
    """Texts by number: `pooled` [n, hidden] of all, `tokens` [m, length, hidden] of the first m, which the transformer sees."""

    def __init__(self, folder, settings, device):
        place = folder.of("captions")
        book = read_json(place / "texts.json")
        with made_by_a_stage(place / "texts.json"):
            self.texts, self.number = book["texts"], {text: i for i, text in enumerate(book["texts"])}
            self.named, self.styled, self.broken = book["named"], book["styled"], book["damaged"]
        self.pooled_all = torch.from_numpy(read_array(place / "pooled.npy", None))
        self._tokens = read_array(place / "tokens.npy")
        self.hidden = self.pooled_all.shape[1]
        self.settings, self.device = settings, device

    def pooled(self, ids):
        """[n, hidden] f32 on the device."""
        return self.pooled_all[torch.as_tensor(ids)].to(self.device)

    def tokens(self, ids):
        """[n, length, hidden] f32 on the device."""
        return torch.from_numpy(self._tokens[np.asarray(ids)]).to(self.device).float()

    def condition(self, ids):
        return self.tokens(ids), self.pooled(ids)

    def with_style(self, concept, style, chance):
        """One of the captions that name concept and style, chosen by `chance` (0 … 1)."""
        of = self.styled[concept][str(style)]
        return of[int(chance * len(of))]

    def without_style(self, concept, chance):
        """The name, or once in five the tags."""
        return self.named[concept][0 if chance < 0.8 else 1]

    def phrase(self, style, chance):
        """A style's word alone."""
        phrases = STYLES[IDS[style]]
        return self.number[phrases[int(chance * len(phrases))]]

    def damaged(self, concept, kind):
        return self.broken[concept][kind]

    def draw(self, draw, concepts, styles):
        """A caption for each picture as the transformer sees them: some empty, some without the style."""
        out = []
        rolls = torch.rand((len(concepts), 2), generator=draw).tolist()
        for concept, style, (kind, chance) in zip(concepts, styles, rolls):
            if kind < self.settings.empty:
                out.append(self.number[""])
            elif kind < self.settings.empty + self.settings.without_style:
                out.append(self.without_style(concept, chance))
            else:
                out.append(self.with_style(concept, style, chance))
        return out
