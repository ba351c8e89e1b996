"""Pictures side by side in one PNG."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .folder import whole

LINE = 16


def save_grid(path, pictures, columns, captions=None, zoom=1):
    """Writes pictures [n, 3, h, w] in 0 … 1, `columns` in a row, a caption below each where there are any."""
    images = (pictures.detach().float().cpu().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    n, height, width = images.shape[:3]
    high, wide, text = height * zoom, width * zoom, LINE if captions else 0
    rows = -(-n // columns)
    sheet = Image.new("RGB", (columns * (wide + 4) + 4, rows * (high + text + 4) + 4), "white")
    brush = ImageDraw.Draw(sheet)
    for i, image in enumerate(images):
        x, y = 4 + i % columns * (wide + 4), 4 + i // columns * (high + text + 4)
        sheet.paste(Image.fromarray(np.ascontiguousarray(image)).resize((wide, high), Image.Resampling.NEAREST), (x, y))
        if captions:
            brush.text((x, y + high + 1), _cut(brush, captions[i], wide), fill="#333", font=ImageFont.load_default(11))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    with whole(path) as file:
        file.write(buffer.getvalue())


def _cut(brush, text, width):
    font = ImageFont.load_default(11)
    while len(text) > 1 and brush.textlength(text, font) > width:
        text = text[:-2] + "…"
    return text
