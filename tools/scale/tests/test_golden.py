"""Every method's whole LoRA gradient against PyTorch in f64, the values that the studio's engine is held to."""

from dataclasses import replace

import pytest
import torch

from direct_align_scale.base import Folder
from direct_align_scale.methods import METHODS
from direct_align_scale.methods.direct_align import step_of
from direct_align_scale.probe import probe

from golden import NAMES, Golden, distance, gradient

# Two rows at once where a golden has more, so that slices are proved too; checkpointing on half of them.
@pytest.mark.parametrize("name", NAMES)
def test_gradient(name):
    golden = Golden(name)
    made = probe(
        Folder(golden.bundle), golden.run, golden.noise, golden.plan, golden.lora, golden.old,
        at_once=1 + NAMES.index(name) % 2, checkpointing=NAMES.index(name) % 3 > 0,
    )
    expected = golden.expected
    assert {n for n in made if n.startswith("grad.")} == {n for n in expected if n.startswith("grad.")}
    assert distance(gradient(made), gradient(expected)) < 1e-3
    reward = expected["reward.denoise"] if "reward.denoise" in expected else expected["reward"]
    assert (made["reward"] - reward).abs().max() < 1e-4
    loss = expected["loss"] if "loss" in expected else expected["loss.denoise"] + expected["loss.inversion"]
    assert abs(made["loss"] - loss).item() < 1e-4 * max(1, loss.abs().item())


@pytest.mark.parametrize("name", ["mini-flux", "nano"])
def test_direct_align(name, monkeypatch):
    """It is srpo's branch `denoise`: with the other branch alone beside it, srpo's golden gradient and loss."""
    golden = Golden(name)
    run = {**golden.run, "method": "direct-align"}
    given = (golden.noise, golden.plan, golden.lora)
    made = probe(Folder(golden.bundle), run, *given)
    monkeypatch.setitem(METHODS, "direct-align", replace(METHODS["direct-align"], step=step_of("inversion")))
    other = probe(Folder(golden.bundle), run, *given)
    expected = golden.expected
    assert distance(gradient(made) + gradient(other), gradient(expected)) < 1e-3
    assert gradient(made).norm() > 0 and gradient(other).norm() > 0
    for branch, found in ("denoise", made), ("inversion", other):
        assert found["loss"].item() == pytest.approx(expected[f"loss.{branch}"].item(), abs=1e-4)
        assert torch.allclose(found["reward"], expected[f"reward.{branch}"], atol=1e-4)


def test_every_method_has_a_golden():
    assert {Golden(name).run["method"] for name in NAMES} | {"direct-align"} == set(METHODS)
