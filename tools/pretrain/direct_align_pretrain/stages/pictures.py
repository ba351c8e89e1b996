"""Pictures: one of each concept in each style, on white; words in several copies, moved a little.

`pictures.npy` uint8 [n, size, size, 3]; `index.json`: concepts, and (concept, style, copy) of each picture.
"""

import numpy as np
import torch
from tqdm import tqdm

from .. import emoji, shipped
from ..augment import moved
from ..folder import write_array, write_json
from ..grid import save_grid
from ..styles import COMPUTED, IDS
from ..training import generator

DOES, NEEDS, PART = "pictures of things in ten styles", (), "pictures"
SOURCES = {"emoji": emoji.sets, "shipped": shipped.sets}


def make(work):
    p = work.config.pictures
    # concepts: [{name, tags, group}]; pictures: {(concept's name, style): uint8 [size, size, 3]}
    concepts, drawn = SOURCES[p.source](p, work.folder.of("pictures"), work.quiet)
    number = {c["name"]: i for i, c in enumerate(concepts)}
    draw = generator(work.config.seed, "pictures")
    others = [i for i, c in enumerate(concepts) if c["group"] is None]
    held = {others[i] for i in torch.randperm(len(others), generator=draw)[: p.held_concepts].tolist()}
    for i, concept in enumerate(concepts):
        concept["held"] = i in held

    plain = {}
    for (name, style), picture in drawn.items():
        plain[number[name], IDS.index(style)] = picture
    # The computed styles, from the first of the others that there is.
    for i in tqdm(range(len(concepts)), desc="computed styles", unit="concept", disable=work.quiet):
        first = next((plain[i, s] for s in range(len(IDS)) if (i, s) in plain), None)
        for style, compute in COMPUTED.items():
            if first is not None:
                plain[i, IDS.index(style)] = compute(first)

    pictures, index = [], []
    for (concept, style), picture in sorted(plain.items()):
        pictures.append(picture)
        index.append((concept, style, 0))
    for (concept, style), picture in sorted(plain.items()):
        if concepts[concept]["group"] is not None and p.copies > 1:
            batch = torch.from_numpy(picture).permute(2, 0, 1)[None].float().repeat(p.copies - 1, 1, 1, 1) / 255
            copies = moved(batch, draw, p.scale, p.turn, p.shift, mirror=False)
            pictures += list((copies * 255).round().byte().permute(0, 2, 3, 1).numpy())
            index += [(concept, style, copy) for copy in range(1, p.copies)]
    write_array(work.folder.of("pictures") / "pictures.npy", np.stack(pictures))
    write_json(work.folder.of("pictures") / "index.json", {"concepts": concepts, "pictures": index})

    g = work.gallery
    shown = [c for c in range(len(concepts)) if g.word[c]][:: max(1, sum(g.word) // 12)][:12]
    ids = [g.of[c, s][0] for c in shown for s in g.styles if (c, s) in g.of]
    save_grid(work.grid("pictures"), g.rows(ids), len(g.styles), zoom=64 // p.size or 1)
    return {"pictures": len(plain), "copies": len(pictures) - len(plain), "concepts": len(concepts), "words": int(sum(g.word))}
