"""Pictures in place of rollouts: a folder, read as the studio reads it."""

import hashlib
import json
import sys
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps

from .draw import PICTURES, stream
from .errors import UserError

KINDS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 2**27
METADATA = "metadata.jsonl"
SRGB = ImageCms.createProfile("sRGB")


class Pictures:
    """The pictures of a folder, told by their content, with their captions: `NAME.txt` beside one, else `metadata.jsonl`
    (`file_name`, `text`), else the file's name with "_" and "-" as blanks. Files that cannot be read are named in `skipped` and
    passed over, those that begin with a dot without a word."""

    def __init__(self, folder, run_file=None):
        path = Path(folder)
        if not path.is_absolute() and not path.is_dir() and run_file is not None:
            path = Path(run_file).parent / path
        if not path.is_dir():
            raise UserError(f'"images": there is no folder {folder}.')
        self.folder = path
        listed = _metadata(path)
        self.files, self.captions, self.skipped = [], [], []
        for file in sorted(p for p in path.iterdir() if not p.name.startswith(".") and p.name != METADATA):
            try:
                with Image.open(file, formats=KINDS) as image:
                    if image.width * image.height > MOST_PIXELS:
                        raise ValueError
                    # As small as a JPEG can be had, but to its last byte.
                    image.draft("RGB", (64, 64))
                    image.load()
                caption = _caption(file, listed)
            except Exception:  # Pillow raises many kinds for a damaged file
                self.skipped.append(file.name)
                continue
            self.files.append(file)
            self.captions.append(caption)
        known = {file.with_suffix(".txt").name for file in self.files}
        self.skipped = [name for name in self.skipped if name not in known]
        if not self.files:
            raise UserError(f'{path}: holds no PNG, JPEG or WebP that can be read; "images" needs some.')

    def open(self, i, width, height):
        """Picture i as [3, height, width] in [0, 1]: turned as its EXIF says, in sRGB, over white, scaled to cover, centre-cropped."""
        with Image.open(self.files[i], formats=KINDS) as image:
            turned = _in_srgb(ImageOps.exif_transpose(image))
            if turned.mode.startswith("I"):
                # 16 bits of grey, which Pillow's own conversion cuts off instead of scaling.
                turned = Image.fromarray((np.asarray(turned, dtype=np.uint32) >> 8).astype(np.uint8))
            if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
                turned = turned.convert("RGBA")
                turned = Image.alpha_composite(Image.new("RGBA", turned.size, "white"), turned)
            fitted = ImageOps.fit(turned.convert("RGB"), (width, height), Image.Resampling.BICUBIC)
        return torch.from_numpy(np.asarray(fitted, dtype=np.float32).copy() / 255).permute(2, 0, 1)

    def warn(self):
        if self.skipped:
            some = ", ".join(self.skipped[:5]) + (" …" if len(self.skipped) > 5 else "")
            print(f"{self.folder}: {len(self.skipped)} files cannot be read and are skipped: {some}", file=sys.stderr)

    def drawn(self, run, update):
        """Indices of the batch's pictures without replacement; where it asks for more than there are, all of them again."""
        random = stream(run["seed"], PICTURES, update)
        drawn = []
        while len(drawn) < run["batch"]:
            drawn += [int(i) for i in random.permutation(len(self.files))]
        return drawn[: run["batch"]]

    @cached_property
    def fingerprint(self):
        """Names the pictures and captions, so that a resume with others is noticed."""
        known = [[file.name, file.stat().st_size, caption] for file, caption in zip(self.files, self.captions)]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _in_srgb(image):
    """By the colour profile in its file; as it is where there is none, or none that can be read."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        return ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image


class LatentsOf:
    """Latents of pictures, each encoded once and kept on the CPU."""

    def __init__(self, pictures, base):
        self.pictures, self.base, self._known = pictures, base, {}

    def rows(self, indices):
        for i in dict.fromkeys(indices):
            if i not in self._known:
                picture = self.pictures.open(i, self.base.about.width, self.base.about.height)
                self._known[i] = self.base.encode(picture[None])[0].cpu()
        return torch.stack([self._known[i] for i in indices])


def _metadata(folder):
    file = folder / METADATA
    if not file.is_file():
        return {}
    captions = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            name, text = entry["file_name"], entry["text"]
            if not isinstance(text, str):
                raise TypeError
            captions[name] = text
        except (ValueError, KeyError, TypeError):
            raise UserError(f'{file}: line {number} is no object with "file_name" and "text".') from None
    return captions


def _caption(file, listed):
    beside = file.with_suffix(".txt")
    if beside.is_file() and (text := beside.read_text(encoding="utf-8").strip()):
        return text
    return listed.get(file.name) or file.stem.replace("_", " ").replace("-", " ")
