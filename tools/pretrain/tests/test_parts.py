"""Muon, flow, styles, damage, words: each by itself."""

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from direct_align_pretrain import augment, flow, networks, styles, words
from direct_align_pretrain.config import tiny
from direct_align_pretrain.muon import Muon, orthogonal
from direct_align_pretrain.stages.assemble import edge_density
from direct_align_pretrain.training import generator


@pytest.mark.parametrize("shape", [(2, 24, 40), (1, 40, 24)])
def test_orthogonal_keeps_the_singular_vectors(shape):
    g = torch.randn(shape, generator=generator(0, "muon"), dtype=torch.float64)
    made = orthogonal(g, 8)
    sizes = torch.linalg.svdvals(made)
    assert sizes.min() > 0.6 and sizes.max() < 1.3
    u, _, v = torch.linalg.svd(g, full_matrices=False)
    turned = u.mT @ made @ v.mT
    assert torch.allclose(turned, torch.diag_embed(turned.diagonal(dim1=1, dim2=2)), atol=1e-6)


def test_muon_goes_down():
    weight = torch.nn.Parameter(torch.zeros(6, 8))
    target, muon = torch.randn(6, 8, generator=generator(1)), Muon([weight], 0.1)
    losses = []
    for step in range(120):
        muon.param_groups[0]["lr"] = 0.1 * (1 - step / 120)
        loss = ((weight - target) ** 2).mean()
        weight.grad = torch.autograd.grad(loss, weight)[0]
        muon.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_packing_is_undone_and_flux_pipelines():
    latents = torch.arange(2 * 3 * 4 * 4).view(2, 3, 4, 4).float()
    tokens = flow.packed(latents)
    assert torch.equal(flow.unpacked(tokens, 2), latents)
    # The first token: the upper left 2×2 of each channel.
    assert tokens[0, 0].tolist() == [0, 1, 4, 5, 16, 17, 20, 21, 32, 33, 36, 37]


def test_levels_are_the_schedulers():
    scheduler = FlowMatchEulerDiscreteScheduler(shift=2.0)
    # As FluxPipeline asks for them.
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / 7, 7))
    assert flow.levels(7, 2.0) == pytest.approx(scheduler.sigmas.tolist(), abs=1e-6)


def test_euler_with_the_true_velocity_ends_at_the_picture():
    x0, noise = torch.full((1, 4, 8), 0.3), torch.randn(1, 4, 8, generator=generator(2))

    def model(hidden_states, timestep, **_):
        # The velocity on the straight way to x0: (x − x0) / σ.
        return ((hidden_states - x0) / timestep[:, None, None],)

    tokens, pooled = torch.zeros(1, 2, 8), torch.zeros(1, 8)
    for empty in (None, (tokens, pooled)):
        assert torch.allclose(flow.drawn(model, noise, tokens, pooled, empty, 2.0, steps=5), x0, atol=1e-5)


def test_a_transformer_begins_at_zero():
    t = tiny().transformer
    model = networks.transformer(t, 4, 8, guidance=True)
    x, n = torch.randn(2, 4, 16), 2
    v = flow.velocity(model, x, torch.full((n,), 0.5), torch.randn(n, 3, 8), torch.randn(n, 8), torch.full((n,), 3.0))
    assert v.shape == x.shape and not v.any()


def test_the_judge_takes_pictures_of_any_size():
    model = networks.JudgeNetwork((4, 8), 6, 10, 3, 6).eval()
    for size in (32, 128):
        style, concept, quality, embedding = model(torch.rand(2, 3, size, size))
        assert style.shape == (2, 10) and concept.shape == (2, 3) and quality.shape == (2,)
        assert torch.allclose(embedding.norm(dim=1), torch.ones(2), atol=1e-5) and ((quality >= 0) & (quality <= 1)).all()


def _disc():
    y, x = np.mgrid[:48, :48]
    picture = np.full((48, 48, 3), 255, np.uint8)
    picture[(x - 24) ** 2 + (y - 24) ** 2 < 200] = (220, 40, 30)
    return picture


@pytest.mark.parametrize("style", [*styles.COMPUTED, *styles.IMITATED])
def test_styles(style):
    picture = _disc()
    kept = picture.copy()
    made = {**styles.COMPUTED, **styles.IMITATED}[style](picture)
    assert made.shape == picture.shape and made.dtype == np.uint8 and np.array_equal(picture, kept)
    if style == "flat":  # What is plain stays plain.
        assert np.abs(made.astype(int) - picture).mean() < 4
    else:
        assert np.abs(made.astype(int) - picture).mean() > 2
    grey = (made.max(2) == made.min(2)).all()
    assert grey == (style in ("sketch", "mono"))
    assert (made.mean() < 100) == (style == "neon")


def test_damage():
    x = torch.from_numpy(_disc()).permute(2, 0, 1)[None].float().repeat(6, 1, 1, 1) / 255
    kinds = torch.arange(-1, 5)
    made = augment.damaged(x, kinds, generator(3))
    assert torch.equal(made[0], x[0]) and made.min() >= 0 and made.max() <= 1
    for kind in range(5):
        assert (made[kind + 1] - x[0]).abs().mean() > 0.005, augment.DAMAGES[kind]


def test_hue_and_movement_keep_grey_and_white():
    white = torch.ones(3, 3, 16, 16)
    assert torch.allclose(augment.moved(white, generator(4)), white, atol=1e-5)
    grey = torch.full((3, 3, 4, 4), 0.5)
    assert torch.allclose(augment.recoloured(grey, generator(5)), grey, atol=1e-5)


def test_edges():
    x = torch.zeros(1, 3, 4, 4)
    x[..., 2:] = 1
    # One step of 1 in each of the rows, over 3×3 pixels.
    assert edge_density(x).tolist() == pytest.approx([3 / 9])


def test_words_are_spread_over_their_groups():
    every = [word for group in words.groups() for word in group]
    assert len(every) == 120
    picked = words.chosen(every, 6, 2)
    assert [group for _, group in picked] == [0, 1, 2, 3, 4, 5, None, None]
    assert len({name for name, _ in words.chosen([*every, "knot"], 200, 5)}) == 121
