"""The 3D pictures that lie in the checkout, and imitations of the five other sets."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from .errors import UserError
from .styles import IMITATED
from .words import chosen

FOLDER = Path(__file__).parents[3] / "public/pictures/3d-render"
ATTRIBUTION = ("Fluent Emoji, Microsoft, MIT",)


def sets(p, folder, quiet):
    """Concepts and {(name, style): picture} of the styles that are not computed; p: the config's part."""
    if not (FOLDER / "metadata.jsonl").is_file():
        raise UserError(f"{FOLDER}: is not there: run from a checkout, or with --set pictures.source=emoji.")
    files = {}
    for line in (FOLDER / "metadata.jsonl").read_text().splitlines():
        entry = json.loads(line)
        files[entry["text"]] = FOLDER / entry["file_name"]
    concepts, pictures = [], {}
    for name, group in chosen(files, p.words, p.others):
        concepts.append({"name": name, "tags": name.split(), "group": group})
        picture = np.asarray(Image.open(files[name]).convert("RGB").resize((p.size, p.size), Image.Resampling.LANCZOS))
        pictures[name, "3d"] = picture
        for style, imitate in IMITATED.items():
            pictures[name, style] = imitate(picture)
    return concepts, pictures
