"""Captions: names, tags, names with a style's words, names of damaged pictures; encoded once with all-MiniLM-L6-v2."""

import numpy as np
from tqdm import tqdm

from ..augment import DAMAGES
from ..captions import FORMS
from ..folder import read_json, write_array, write_json
from ..styles import IDS, STYLES
from ..text import TextEncoder

DOES, NEEDS, PART = "captions, encoded", ("pictures",), "captions"


def make(work):
    place = work.folder.of("captions")
    concepts = read_json(work.folder.of("pictures") / "index.json")["concepts"]
    numbers = {"": 0}

    def number(text):
        return numbers.setdefault(text, len(numbers))

    named, styled, damaged = [], [], []
    for concept in concepts:
        name = concept["name"]
        named.append([number(name), number(", ".join(concept["tags"]) or name)])
        styled.append({})
        for s, style in enumerate(IDS):
            # All forms of a word's captions; of other concepts each of the style's words in one form.
            forms = [(f, w) for f in range(3) for w in range(3) if concept["group"] is not None or f == w]
            styled[-1][str(s)] = [number(FORMS[f].format(name=name, phrase=STYLES[style][w])) for f, w in forms]
    seen = len(numbers)
    for concept in concepts:
        damaged.append([number(f"{damage} {concept['name']}") for damage in DAMAGES])
    for phrases in STYLES.values():
        for phrase in phrases:
            number(phrase)

    encoder = TextEncoder(work.text_folder(), work.config.captions.length)
    texts, tokens, pooled = list(numbers), [], []
    for at in tqdm(range(0, len(texts), 64), desc="captions", unit="batch", disable=work.quiet):
        some, means = encoder.encode(texts[at : at + 64])
        pooled.append(means)
        if at < seen:
            tokens.append(some[: seen - at])
    write_array(place / "pooled.npy", np.concatenate(pooled))
    write_array(place / "tokens.npy", np.concatenate(tokens))
    write_json(place / "texts.json", {"texts": texts, "named": named, "styled": styled, "damaged": damaged})
    return {"captions": seen, "texts": len(texts)}
