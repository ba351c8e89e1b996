"""Rectified flow on packed latents: x_σ = (1 − σ) x0 + σ ε, velocity ε − x0."""

import torch


def packed(latents):
    """[n, c, h, w] → [n, h/2 · w/2, 4c], as FluxPipeline packs."""
    n, c, h, w = latents.shape
    return latents.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, h * w // 4, 4 * c)


def unpacked(tokens, side):
    """[n, side², 4c] → [n, c, 2 side, 2 side]."""
    n, _, channels = tokens.shape
    return (
        tokens.view(n, side, side, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, channels // 4, 2 * side, 2 * side)
    )


def positions(side, device):
    """img_ids [side², 3]: 0, row, column."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return torch.stack([torch.zeros(side, side), rows, columns], -1).reshape(-1, 3).float().to(device)


def velocity(model, x, sigma, tokens, pooled, guidance=None):
    """v [n, tokens, channels] at noise levels sigma [n]; guidance [n] where the model is told it."""
    side = round(x.shape[1] ** 0.5)
    return model(
        hidden_states=x, timestep=sigma, encoder_hidden_states=tokens, pooled_projections=pooled, guidance=guidance,
        img_ids=positions(side, x.device), txt_ids=torch.zeros(tokens.shape[1], 3, device=x.device), return_dict=False,
    )[0]  # fmt: skip


def levels(steps, shift):
    """Noise levels 1 … 0 of Euler steps, with the scheduler's static shift."""
    sigma = torch.linspace(1, 1 / steps, steps)
    return [*(shift * sigma / (1 + (shift - 1) * sigma)).tolist(), 0.0]


@torch.no_grad()
def drawn(model, noise, tokens, pooled, empty, shift, guidance=3.5, steps=16):
    """Clean latents, packed. `empty`: tokens and pooled of no text, for a model that is not told the guidance; else None."""
    x, n = noise, len(noise)
    sigmas = levels(steps, shift)
    for now, then in zip(sigmas, sigmas[1:]):
        sigma = torch.full((n,), now, device=x.device)
        if empty is None:
            v = velocity(model, x, sigma, tokens, pooled, torch.full((n,), guidance, device=x.device))
        else:
            v = velocity(model, x, sigma, tokens, pooled)
            bare = velocity(model, x, sigma, empty[0].expand_as(tokens), empty[1].expand_as(pooled))
            v = bare + guidance * (v - bare)
        x = x + (then - now) * v
    return x
