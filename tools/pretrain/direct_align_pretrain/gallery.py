"""The pictures that stage `pictures` made, and what they show."""

import numpy as np
import torch

from .folder import made_by_a_stage, read_array, read_json


class Gallery:
    """Picture i shows concept `concept[i]` in style `style[i]`; copy 0 is the plain one. `word`, `held`: of each concept."""

    def __init__(self, folder, device):
        file = folder.of("pictures") / "index.json"
        index, self.device = read_json(file), device
        with made_by_a_stage(file):
            self.names = [c["name"] for c in index["concepts"]]
            self.groups = [c["group"] for c in index["concepts"]]
            self.word = np.array([group is not None for group in self.groups])
            self.held = np.array([c["held"] for c in index["concepts"]])
            self.concept, self.style, self.copy = np.array(index["pictures"]).T
        self.pixels = read_array(folder.of("pictures") / "pictures.npy")
        decoded = folder.of("autoencoder") / "decoded.npy"
        self._decoded = read_array(decoded) if decoded.exists() else None
        # {(concept, style): its pictures, the plain one first}
        self.of = {}
        for i, key in enumerate(zip(self.concept.tolist(), self.style.tolist())):
            self.of.setdefault(key, []).append(i)
        self.styles_of = {}
        for concept, style in self.of:
            self.styles_of.setdefault(concept, []).append(style)

    @property
    def styles(self):
        """Numbers of the styles there are."""
        return sorted(set(self.style.tolist()))

    def rows(self, ids, decoded=None):
        """Pictures [n, 3, size, size] in 0 … 1; those where `decoded` [n] is true as the autoencoder gives them back."""
        ids = np.asarray(ids)
        pixels = self.pixels[ids]
        if decoded is not None and self._decoded is not None:
            flags = np.asarray(decoded)
            pixels[flags] = self._decoded[ids[flags]]
        return torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device).permute(0, 3, 1, 2).float() / 255

    def pick(self, draw, count, words=0.5, held=False, plain=None):
        """Pictures drawn: concept, then style, then copy. words: share of words. plain: share of the plain ones of a word."""
        concepts = [self._concepts(True, held), self._concepts(False, held)]
        out = []
        for chance, which, style, copy in torch.rand((count, 4), generator=draw).tolist():
            kind = concepts[0] if chance < words or not concepts[1] else concepts[1]
            concept = kind[int(which * len(kind))]
            of = self.of[concept, self.styles_of[concept][int(style * len(self.styles_of[concept]))]]
            if plain is None or len(of) == 1:
                out.append(of[int(copy * len(of))])
            else:
                out.append(of[0] if copy < plain else of[1 + int((copy - plain) / (1 - plain) * (len(of) - 1))])
        return out

    def _concepts(self, word, held):
        """Concepts by kind, the held out ones only where they are asked for."""
        return np.nonzero((self.word == word) & (held | ~self.held))[0].tolist()
