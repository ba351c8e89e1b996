"""Memory and arithmetic from shapes: against known sizes, and what autograd really keeps."""

from contextlib import nullcontext

import pytest
import torch
from diffusers import Flux2Transformer2DModel, FluxTransformer2DModel

from direct_align_scale import needs
from direct_align_scale.__main__ import main
from direct_align_scale.adapter import Adapter
from direct_align_scale.methods import METHODS
from direct_align_scale.run_file import parse_run_file
from direct_align_scale.shapes import known

WIDTH, TEXT, IMAGE = 256, 32, 96
RUN = parse_run_file({"version": 1, "prompts": ["x"], "batch": 32, "rollout": {"steps": 25}})


def kept(kind, double, single, dtype):
    """Numbers per token and hidden unit that a transformer of so many blocks keeps for its backward pass."""
    sizes = {
        "num_layers": double, "num_single_layers": single, "num_attention_heads": 2, "attention_head_dim": 128,
        "joint_attention_dim": 16, "in_channels": 16,
    }  # fmt: skip
    axes = 3 if kind is FluxTransformer2DModel else 4
    targets = ["to_q", "to_v", "to_out.0"] + (["to_qkv_mlp_proj", "attn.to_out"] if axes == 4 else [])
    model = kind(**sizes, guidance_embeds=False, **({"pooled_projection_dim": 8} if axes == 3 else {})).to(dtype)
    Adapter(model, parse_run_file({"version": 1, "prompts": ["x"], "lora": {"rank": 2, "targets": targets}}))
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    saved = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    given = {
        "hidden_states": torch.randn(1, IMAGE, 16), "encoder_hidden_states": torch.randn(1, TEXT, 16),
        "timestep": torch.tensor([0.5]), "img_ids": torch.zeros(IMAGE, axes), "txt_ids": torch.zeros(TEXT, axes),
    }  # fmt: skip
    if axes == 3:
        given["pooled_projections"] = torch.randn(1, 8)
    half = dtype is torch.bfloat16
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t), torch.autocast("cpu", dtype) if half else nullcontext():
        output = model(**given, return_dict=False)[0]
    assert output.requires_grad
    return sum(saved.values()) / ((TEXT + IMAGE) * WIDTH * dtype.itemsize)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", [FluxTransformer2DModel, Flux2Transformer2DModel])
def test_what_a_block_keeps(kind, dtype):
    one = kept(kind, 1, 1, dtype)
    for block in kept(kind, 2, 1, dtype) - one, kept(kind, 1, 2, dtype) - one:
        assert needs.UNITS / 3 < block < needs.UNITS


@pytest.mark.parametrize(("name", "billions"), [("flux1-dev", 11.90), ("flux2-klein-4b", 3.88)])
def test_parameters_are_those_of_the_real_files(name, billions):
    shape = needs.shape_of(known(name), RUN)
    assert round(shape.parameters / 1e9, 2) == billions


def test_memory():
    base = known("flux1-dev")
    shape = needs.shape_of(base, RUN)

    def of(processes, sharded, **more):
        settings = {"bytes_each": 2, "checkpointing": True, "at_once": 1} | more
        return needs.memory(base, RUN, processes=processes, sharded=sharded, shape=shape, **settings)

    whole, sharded = of(8, False), of(8, True)
    weights = "transformer's weights"
    assert whole[weights] == shape.parameters * 2
    assert sharded[weights] == shape.parameters * 2 / 8 + 2 * shape.largest_block * 2
    # The LoRA, its gradient and moments are on every process.
    assert whole["LoRA, gradient, moments"] == sharded["LoRA, gradient, moments"] == shape.lora * 20
    activations = "transformer's activations"
    assert of(8, False, checkpointing=False)[activations] > 15 * whole[activations]
    assert of(8, False, at_once=None)[activations] == pytest.approx(4 * whole[activations])
    # What fits on one card of 80 GB, and what does not.
    assert needs.total(whole) < 40 * needs.GIB < needs.total(of(8, False, checkpointing=False))


def test_calls_of_every_method():
    for name in METHODS:
        run = parse_run_file({**RUN, "method": name, "options": {}})
        still, moving = needs.calls(run, True)
        assert still > 0 and moving > 0
        # Classifier-free guidance doubles what carries no gradient and rolls out.
        assert needs.calls(run, False)[0] > still and needs.calls(run, False)[1] == moving
    pictures = parse_run_file({**RUN, "images": "x"})
    assert needs.calls(pictures, True) == (0, 2)


def test_the_printed_table(tmp_path, capsys):
    file = tmp_path / "run.json"
    file.write_text('{"version": 1, "prompts": ["x"], "batch": 32, "reward": {"model": "hpsv2.1"}, "rollout": {"steps": 25}}')
    assert main(["plan", "--run", str(file), "--model", "flux1-dev", "--gpus", "1", "8", "32"]) == 0
    printed = capsys.readouterr().out
    assert "11.90 B parameters" in printed and "31 forwards" in printed
    assert sum(line.startswith(("| 1 |", "| 8 |", "| 32 |")) for line in printed.splitlines()) == 5
