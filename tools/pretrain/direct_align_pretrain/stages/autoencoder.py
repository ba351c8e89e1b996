"""The autoencoder, on crops: L1 + 2·MSE + 0.5·L1 of gradients + L1 of the 4×-pooled + 0.02·(mean² + (variance − 1)²) of each
latent channel; noise on the latents. Then all pictures once through it, for the networks that see decoded pictures."""

import numpy as np
import torch
from torch.nn.functional import avg_pool2d, l1_loss, mse_loss
from tqdm import tqdm

from .. import networks
from ..augment import uniform
from ..folder import write_array
from ..grid import save_grid
from ..training import adamw, cosine, phase, train

DOES, NEEDS, PART = "AutoencoderTiny", ("pictures",), "autoencoder"


def make(work):
    a, g = work.config.autoencoder, work.gallery
    model = networks.autoencoder(a).to(work.device)

    def loss_of(draw, at):
        x = _crops(g.rows(g.pick(draw, a.batch)), a.crop, draw) * 2 - 1
        latents = model.encode(x).latents
        noise = torch.randn(latents.shape, generator=draw) * uniform(draw, 0, phase(a.noise, at), a.batch, 1, 1, 1)
        y = model.decode(latents + noise.to(latents)).sample
        loss = l1_loss(y, x) + 2 * mse_loss(y, x) + l1_loss(avg_pool2d(y, 4), avg_pool2d(x, 4))
        loss = loss + 0.5 * (l1_loss(y.diff(dim=-1), x.diff(dim=-1)) + l1_loss(y.diff(dim=-2), x.diff(dim=-2)))
        channels = latents.transpose(0, 1).flatten(1)
        return loss + 0.02 * (channels.mean(1) ** 2 + (channels.var(1) - 1) ** 2).mean()

    shown = [g.of[key][0] for key in sorted(g.of)[:: max(1, len(g.of) // 16)][:16]]

    def look(model, step):
        x = g.rows(shown)
        y = model.decode(model.encode(x * 2 - 1).latents).sample / 2 + 0.5
        save_grid(work.grid(f"autoencoder-{step:06d}"), torch.cat([x, y]), len(shown))

    optimizers = [adamw(model.parameters(), 1.0, 0.0)]
    model = train(
        work, "autoencoder", model, optimizers, a.steps, loss_of, lambda at: phase(a.rates, at) * cosine(at), look=look
    )
    work.save("autoencoder", model)
    return {"psnr": _through(work)}


def _through(work):
    """Writes decoded.npy; the PSNR in dB over pictures of held-out concepts, or of all where none is held out."""
    g, out, errors = work.gallery, np.empty(work.gallery.pixels.shape, np.uint8), []
    held = g.held[g.concept] if g.held.any() else np.ones(len(g.concept), bool)
    with torch.no_grad():
        for at in tqdm(range(0, len(out), 64), desc="through the autoencoder", unit="batch", disable=work.quiet):
            ids = range(at, min(at + 64, len(out)))
            x = g.rows(ids)
            y = work.decode(work.encode(x))
            out[at : at + 64] = (y * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
            errors += ((x - y) ** 2).mean((1, 2, 3))[torch.from_numpy(held[at : at + len(x)])].tolist()
    write_array(work.folder.of("autoencoder") / "decoded.npy", out)
    return round(float(-10 * np.log10(np.mean(errors))), 2)


def _crops(x, size, draw):
    spare = x.shape[-1] - size
    corners = torch.randint(0, spare + 1, (len(x), 2), generator=draw).tolist()
    return torch.stack([image[:, i : i + size, j : j + size] for image, (i, j) in zip(x, corners)])
