"""Two processes with half the batch each have the gradient of one with all of it, for every method."""

import pytest
import torch
from safetensors.torch import load_file

from direct_align_scale.methods import METHODS

from programs import HERE, finished, python


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("gradients")
    cases = {"one": (1, "whole"), "DDP": (2, "whole"), "FSDP2": (2, "sharded")}
    for processes, mode in cases.values():
        finished(python(HERE / "gradients.py", out, mode, processes=processes))
    return {name: load_file(out / f"{mode}-{processes}.safetensors") for name, (processes, mode) in cases.items()}


@pytest.mark.parametrize("way", ["DDP", "FSDP2"])
@pytest.mark.parametrize("method", METHODS)
def test_gradient(made, method, way):
    def whole(tensors):
        return torch.cat([t.flatten() for name, t in sorted(tensors.items()) if name.startswith(f"{method} grad.")])

    one, two = whole(made["one"]), whole(made[way])
    assert one.norm() > 0
    assert ((two - one).norm() / one.norm()).item() < 1e-5
    assert torch.allclose(made[way][f"{method} loss"], made["one"][f"{method} loss"], rtol=1e-5, atol=1e-7)


def test_only_fsdp2_spreads_weights_and_never_the_lora(made):
    for method in METHODS:
        assert made["one"][f"{method} sharded"] == made["DDP"][f"{method} sharded"] == 0
        assert made["FSDP2"][f"{method} sharded"] > 10
