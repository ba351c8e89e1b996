"""FLUX.1-dev's and klein's own widths, cut in depth, train within the memory of one card; every adapted linear is reached."""

import pytest
import torch
from safetensors.torch import load_file

from direct_align_scale.shapes import KNOWN

from own_widths import CUT, EVERY
from programs import HERE, finished, python

GIB = 2**30


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The bases' folders, with the run's results in `out`, and the largest memory after each."""
    folders = {name: tmp_path_factory.mktemp(name) for name in KNOWN}
    process = python(HERE / "own_widths.py", *folders.values(), more={"ACCELERATE_MIXED_PRECISION": "bf16"})
    memory = [int(line) for line in finished(process).splitlines() if line.isdecimal()]
    return {name: (folder, most) for (name, folder), most in zip(folders.items(), memory)}


@pytest.mark.parametrize("name", KNOWN)
def test_one_update(made, name):
    folder, memory = made[name]
    weights = sum(file.stat().st_size for file in (folder / "transformer").glob("*.safetensors"))
    assert GIB < weights < memory < 24 * GIB
    factors = load_file(folder / "out/lora/pytorch_lora_weights.safetensors")
    # 3072 wide, and every target of both kinds of block.
    assert {factor.shape[1] for key, factor in factors.items() if key.endswith("attn.to_q.lora_A.weight")} == {3072}
    for target in EVERY[name]:
        assert any(f".{target}.lora_B.weight" in key for key in factors), target
    blocks = {key.split(".")[1] for key in factors}
    assert blocks == {"transformer_blocks", "single_transformer_blocks"} and CUT == {"num_layers": 1, "num_single_layers": 1}
    # An update of AdamW moves whatever has a gradient.
    still = [key for key, factor in factors.items() if key.endswith("lora_B.weight") and not factor.any()]
    assert still == []
    assert all(torch.isfinite(factor).all() for factor in factors.values())
