"""Six free emoji sets from npm: one picture a concept and set, on white."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .errors import UserError
from .words import chosen

HERE = Path(__file__).parent / "emoji"
ATTRIBUTION = (
    "Fluent Emoji, Microsoft, MIT",
    "Noto Emoji, Google, Apache-2.0",
    "Twemoji, Twitter and contributors, CC BY 4.0",
    "EmojiOne 2, Ranks.com Inc., CC BY 4.0",
    "names: emojibase-data, Miles Johnson, MIT",
)
# style: the set of icons; "3d" comes as pictures.
SETS = {
    "emojione": "emojione", "noto": "noto", "flat": "fluent-emoji-flat", "twemoji": "twemoji",
    "mono": "fluent-emoji-high-contrast",
}  # fmt: skip
# people-body, component, symbols, flags
LEFT_OUT = (1, 2, 8, 9)


def sets(p, folder, quiet):
    """Concepts and {(name, style): picture} of the styles that are not computed; p: the config's part."""
    packages = _install(folder / "npm")
    entries = json.loads((packages / "emojibase-data/en/data.json").read_text())
    known = {e["label"]: e for e in entries if e.get("group", 8) not in LEFT_OUT}
    concepts, codes = [], {}
    for name, group in chosen(known, p.words, p.others):
        concepts.append({"name": name, "tags": known[name]["tags"][:4], "group": group})
        codes[known[name]["hexcode"]] = name
    inner, pictures = p.size - 2 * p.margin, {}
    command = ["node", str(HERE / "render.mjs")]
    for code, name in tqdm(codes.items(), desc="3d", unit="picture", disable=quiet):
        file = _solid(packages / "@lobehub/fluent-emoji-3d/assets", code)
        if file:
            pictures[name, "3d"] = _placed(Image.open(file).convert("RGBA").resize((inner, inner), Image.Resampling.LANCZOS), p)
    for style, icons in tqdm(SETS.items(), desc="icons", unit="set", disable=quiet):
        out = folder / f"{icons}.rgba"
        found = json.loads(
            _run([*command, icons, str(inner), str(out.absolute())], folder / "npm", json.dumps(list(codes.items())))
        )
        for code, pixels in zip(found, np.fromfile(out, np.uint8).reshape(len(found), inner, inner, 4)):
            pictures[codes[code], style] = _placed(Image.fromarray(pixels), p)
        out.unlink()
    concepts = [c for c in concepts if any((c["name"], style) in pictures for style in ("3d", *SETS))]
    return concepts, pictures


def _install(folder):
    """node_modules with the packages of emoji/package.json."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "package.json", folder / "package.json")
    if not (folder / "node_modules/.package-lock.json").exists():
        _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return folder / "node_modules"


def _run(command, folder, given=None):
    try:
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True)
    except FileNotFoundError:
        raise UserError(
            f"{command[0]} is not installed: the emoji sets need it; or take --set pictures.source=shipped."
        ) from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
        raise UserError(f'The emoji sets cannot be made: {Path(command[0]).name} says "{lines[-1][:160]}".')
    return done.stdout


def _solid(folder, code):
    """The file of a hexcode, whose names have the selectors of full qualification or not."""
    code = code.lower()
    for name in (code, f"{code}-fe0f", code.replace("-fe0f", "")):
        if (folder / f"{name}.webp").exists():
            return folder / f"{name}.webp"
    return None


def _placed(image, p):
    sheet = Image.new("RGBA", (p.size, p.size), "white")
    sheet.alpha_composite(image, (p.margin, p.margin))
    return np.asarray(sheet.convert("RGB"))
