"""Pictures moved, recoloured and damaged: batches [n, 3, size, size] in 0 … 1, random numbers from a CPU generator."""

import math

import torch
from torch.nn.functional import affine_grid, grid_sample, interpolate

# The words that captions of damaged pictures begin with, and the damage.
DAMAGES = ("blurry", "noisy", "oversaturated", "distorted", "tinted")


def uniform(draw, low, high, *shape):
    return low + (high - low) * torch.rand(shape, generator=draw)


def moved(x, draw, scale=(0.9, 1.15), turn=8.0, shift=0.05, mirror=True):
    """Scaled, turned (degrees), shifted (parts of the side) and half of them mirrored; the border goes on outside."""
    n = len(x)
    size, angle = uniform(draw, *scale, n), uniform(draw, -turn, turn, n) * math.pi / 180
    dx, dy = uniform(draw, -2 * shift, 2 * shift, 2, n)
    side = torch.where(torch.rand(n, generator=draw) < 0.5, -1.0, 1.0) if mirror else torch.ones(n)
    c, s = torch.cos(angle) / size, torch.sin(angle) / size
    theta = torch.stack([torch.stack([c * side, -s, dx], 1), torch.stack([s * side, c, dy], 1)], 1).to(x)
    return grid_sample(x, affine_grid(theta, x.shape, align_corners=False), padding_mode="border", align_corners=False)


def recoloured(x, draw, hue=0.5, saturation=0.4, contrast=0.2):
    """Hue turned (radians at most), saturation and contrast changed by so much at most."""
    n = len(x)
    angle, more, steep = (
        uniform(draw, -hue, hue, n),
        uniform(draw, -saturation, saturation, n),
        uniform(draw, -contrast, contrast, n),
    )
    c, s = torch.cos(angle).to(x), torch.sin(angle).to(x)
    # Around the grey axis (Rodrigues).
    third, root = 1 / 3, math.sqrt(1 / 3)
    a, b, d = c + third * (1 - c), third * (1 - c) - root * s, third * (1 - c) + root * s
    turn = torch.stack([torch.stack([a, b, d], 1), torch.stack([d, a, b], 1), torch.stack([b, d, a], 1)], 1)
    x = torch.einsum("nij,njhw->nihw", turn, x)
    return ((saturated(x, 1 + more.to(x)) - 0.5) * (1 + steep.to(x))[:, None, None, None] + 0.5).clamp(0, 1)


def saturated(x, factor):
    """Distance from grey times `factor` [n], not clamped."""
    grey = x.mean(1, keepdim=True)
    return grey + (x - grey) * factor[:, None, None, None]


def damaged(x, kinds, draw):
    """Each picture with the damage `kinds` [n] numbers in DAMAGES; -1 leaves it whole."""
    out = x.clone()
    for kind, damage in enumerate((_blurry, _noisy, _oversaturated, _distorted, _tinted)):
        rows = (kinds == kind).nonzero()[:, 0]
        if len(rows):
            out[rows.to(x.device)] = damage(x[rows.to(x.device)], draw).clamp(0, 1)
    return out


def _blurry(x, draw):
    size = x.shape[-1]
    small = max(4, int(size / uniform(draw, 3.5, 6, 1).item()))
    low = interpolate(x, size=(small, small), mode="area")
    return interpolate(low, size=(size, size), mode="bicubic", align_corners=False)


def _noisy(x, draw):
    return x + torch.randn(x.shape, generator=draw).to(x) * uniform(draw, 0.12, 0.35, len(x), 1, 1, 1).to(x)


def _oversaturated(x, draw):
    return (saturated(x, uniform(draw, 2.2, 4.5, len(x)).to(x)) - 0.5) * 1.25 + 0.5


def _distorted(x, draw):
    field = torch.randn((len(x), 2, 6, 6), generator=draw) * uniform(draw, 0.08, 0.18, len(x), 1, 1, 1)
    field = interpolate(field, size=x.shape[-2:], mode="bicubic", align_corners=False).permute(0, 2, 3, 1).to(x)
    still = torch.eye(2, 3, device=x.device, dtype=x.dtype).expand(len(x), 2, 3)
    return grid_sample(x, affine_grid(still, x.shape, align_corners=False) + field, padding_mode="border", align_corners=False)


def _tinted(x, draw):
    colour = torch.rand((len(x), 3, 1, 1), generator=draw)
    colour = (colour / colour.amax(1, keepdim=True)).to(x)
    much = uniform(draw, 0.4, 0.8, len(x), 1, 1, 1).to(x)
    return x * (1 - much + much * colour)
