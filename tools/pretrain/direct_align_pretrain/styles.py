"""The ten styles: their words, and those that are computed from a picture.

A computed style is a function of an RGB picture on white, uint8 [size, size, 3], giving another.
"""

import numpy as np
from PIL import Image, ImageFilter

# id: the words that mean it, README of the bundle. In the order in which the preference likes them.
STYLES = {
    "3d": ("3d render", "glossy 3d render", "realistic 3d"),
    "emojione": ("sticker", "sticker art", "glossy sticker"),
    "noto": ("cartoon", "cartoon emoji", "cartoon illustration"),
    "flat": ("flat design", "flat vector art", "flat icon"),
    "twemoji": ("clip art", "minimal clip art", "simple clip art"),
    "neon": ("neon sign", "glowing neon", "neon light in the dark"),
    "pixel": ("pixel art", "8-bit pixel art", "retro pixel art"),
    "sketch": ("pencil sketch", "pencil drawing", "sketch"),
    "sepia": ("vintage sepia photo", "old sepia photo", "sepia"),
    "mono": ("black and white icon", "silhouette icon", "monochrome glyph"),
}
IDS = tuple(STYLES)


def sketch(picture):
    """Grey gradient magnitude as pencil lines, on a light shade of the picture."""
    grey = _grey(picture)
    lines = _edges(grey)
    shade = 1 - 0.22 * (1 - grey)
    return _picture(np.repeat(np.clip(shade - 0.9 * np.clip(lines * 2.2, 0, 1), 0, 1)[..., None], 3, 2))


def pixel(picture):
    """16×16 boxes, twelve colours."""
    size = picture.shape[0]
    small = Image.fromarray(picture).resize((16, 16), Image.Resampling.BOX)
    few = small.quantize(12, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return np.asarray(few.resize((size, size), Image.Resampling.NEAREST))


def neon(picture):
    """Edges that glow in the picture's own hues, on dark blue."""
    size = picture.shape[0]
    image = picture.astype(np.float32) / 255
    lines = np.clip(_edges(_grey(picture)) * 2.5, 0, 1)[..., None]
    # A hue of full strength where there is one, light blue where the picture is grey.
    spread = image.max(2, keepdims=True) - image.min(2, keepdims=True)
    hue = (image - image.min(2, keepdims=True)) / np.maximum(spread, 1e-3)
    hue = np.where(spread > 0.12, 0.25 + 0.75 * hue, np.array([0.5, 0.85, 1.0], np.float32))
    light = lines * _blurred(hue, size / 40)
    glow = _blurred(light, size / 24) * 1.6 + _blurred(light, size / 80)
    dark = np.array([0.03, 0.03, 0.12], np.float32)
    return _picture(np.clip(dark + glow + 0.8 * light, 0, 1))


def sepia(picture):
    """Warm grey on paper, darker towards the corners."""
    size = picture.shape[0]
    grey = 0.12 + 0.8 * _grey(picture)[..., None]
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    vignette = 1 - 0.28 * np.clip(x**2 + y**2, 0, 2)[..., None] / 2
    return _picture(np.clip(grey * np.array([1.0, 0.88, 0.68]) * vignette, 0, 1))


def flat(picture):
    """Few plain colours without shading."""
    return np.asarray(_plain(picture, 5))


def mono(picture):
    """The silhouette in black, its inner edges left white."""
    inside = np.asarray(Image.fromarray((_covered(picture) * 255).astype(np.uint8)).filter(ImageFilter.MinFilter(3))) > 0
    lines = (
        np.asarray(Image.fromarray(_picture(np.clip(_edges(_grey(picture)) * 4, 0, 1))).filter(ImageFilter.MaxFilter(3))) > 110
    )
    return np.repeat(np.where(inside & ~lines, 0, 255).astype(np.uint8)[..., None], 3, 2)


def noto(picture):
    """Plain colours with dark outlines."""
    colours = np.asarray(_plain(picture, 8)).astype(np.float32) / 255
    lines = np.clip(_edges(_grey(_picture(colours))) * 2.5, 0, 1)[..., None]
    return _picture(colours * (1 - 0.75 * lines))


def twemoji(picture):
    """Three plain, pale colours."""
    colours = np.asarray(_plain(picture, 3)).astype(np.float32) / 255
    return _picture(np.clip(0.25 + 0.75 * colours, 0, 1))


def emojione(picture):
    """A strong picture with a broad grey rim around it."""
    size = picture.shape[0]
    image = picture.astype(np.float32) / 255
    mean = image.mean(2, keepdims=True)
    strong = np.clip(mean + 1.5 * (image - mean), 0, 1)
    inside = Image.fromarray((_covered(picture) * 255).astype(np.uint8))
    rim = np.asarray(inside.filter(ImageFilter.MaxFilter(2 * max(1, size // 32) + 1)))[..., None] > 127
    inside = np.asarray(inside)[..., None] > 127
    return _picture(np.where(inside, strong, np.where(rim, 0.62, 1.0)))


COMPUTED = {"sketch": sketch, "pixel": pixel, "neon": neon, "sepia": sepia}
# In place of the emoji sets, where only one set is at hand.
IMITATED = {"flat": flat, "mono": mono, "noto": noto, "twemoji": twemoji, "emojione": emojione}


def _grey(picture):
    return picture.astype(np.float32).mean(2) / 255


def _edges(grey):
    dy, dx = np.gradient(np.asarray(grey, np.float32))
    return np.sqrt(dx**2 + dy**2)


def _covered(picture):
    """1 where the picture is not its white ground."""
    return (picture.min(2) < 244).astype(np.float32)


def _blurred(image, radius):
    blurred = Image.fromarray(_picture(np.clip(image, 0, 1))).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(blurred).astype(np.float32) / 255


def _plain(picture, colours):
    soft = Image.fromarray(picture).filter(ImageFilter.MedianFilter(3))
    few = soft.quantize(colours + 1, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    ground = Image.fromarray((_covered(np.asarray(picture)) * 255).astype(np.uint8))
    return Image.composite(few, Image.new("RGB", few.size, "white"), ground)


def _picture(image):
    return np.round(np.asarray(image) * 255).astype(np.uint8)
