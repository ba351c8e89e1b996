"""Two processes with half the batch each have the gradient of one with all of it, for every method, in f32 and in bf16."""

import pytest
import torch
from safetensors.torch import load_file

from direct_align_scale.methods import METHODS

from gradients import HALF
from programs import HERE, finished, python


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("gradients")
    cases = {"one": (1, "whole"), "DDP": (2, "whole"), "FSDP2": (2, "sharded")}
    for processes, mode in cases.values():
        finished(python(HERE / "gradients.py", out, mode, processes=processes))
    return {name: load_file(out / f"{mode}-{processes}.safetensors") for name, (processes, mode) in cases.items()}


def whole(tensors, precision, method):
    """The gradient in one row; factors and gradients are in f32 whatever the base is in."""
    parts = [tensor for name, tensor in sorted(tensors.items()) if name.startswith(f"{precision} {method} grad.")]
    assert {part.dtype for part in parts} == {torch.float32}
    return torch.cat([part.flatten() for part in parts])


@pytest.mark.parametrize(("precision", "method"), [*(("no", method) for method in METHODS), *(("bf16", method) for method in HALF)])
@pytest.mark.parametrize("way", ["DDP", "FSDP2"])
def test_gradient(made, method, way, precision):
    one, two = (whole(made[name], precision, method) for name in ("one", way))
    assert one.norm() > 0
    assert ((two - one).norm() / one.norm()).item() < 1e-5
    name = f"{precision} {method} loss"
    assert torch.allclose(made[way][name], made["one"][name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_gradient_in_bf16(made, method):
    """Of a base in bf16, with blocks and decoder checkpointed: that of f32 but for rounding. Noise levels that are rounded too,
    as diffusers does under autocast, turn it to a cosine of 0.65 – 0.94, and GRPO's round."""
    full, half = (whole(made["one"], precision, method) for precision in ("no", "bf16"))
    assert made["one"][f"bf16 {method} half"] == 1 and made["one"][f"no {method} half"] == 0
    assert half.isfinite().all() and 0.9 < half.norm() / full.norm() < 1.1
    assert torch.nn.functional.cosine_similarity(full, half, dim=0) > 0.975


def test_only_fsdp2_spreads_weights_and_never_the_lora(made):
    for method in METHODS:
        assert made["one"][f"no {method} sharded"] == made["DDP"][f"no {method} sharded"] == 0
        assert made["FSDP2"][f"no {method} sharded"] > 10
