"""Every LoRA key of FLUX.1-dev's and FLUX.2 [klein]'s true shapes, on the meta device, and small ones in diffusers' loader."""

import pytest
import torch
from diffusers import Flux2Transformer2DModel, FluxTransformer2DModel
from safetensors.torch import load_file

from direct_align_scale.adapter import Adapter
from direct_align_scale.base import TRANSFORMERS
from direct_align_scale.export import metadata, write_adapter
from direct_align_scale.run_file import parse_run_file
from direct_align_scale.shapes import FLUX1_DEV, FLUX2_KLEIN_4B

H = 3072
ATTENTION = ["attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"]
# (in, out) by what the name ends with; of a name that both kinds of block have, a pair.
DEV = {
    "norm1.linear": (H, 6 * H), "norm1_context.linear": (H, 6 * H), "attn.to_q": (H, H), "attn.to_k": (H, H),
    "attn.to_v": (H, H), "attn.to_out.0": (H, H), "attn.add_q_proj": (H, H), "attn.add_k_proj": (H, H),
    "attn.add_v_proj": (H, H), "attn.to_add_out": (H, H), "ff.net.0.proj": (H, 4 * H), "ff.net.2": (4 * H, H),
    "ff_context.net.0.proj": (H, 4 * H), "ff_context.net.2": (4 * H, H),
}  # fmt: skip
DEV_SINGLE = {
    "norm.linear": (H, 3 * H), "attn.to_q": (H, H), "attn.to_k": (H, H), "attn.to_v": (H, H), "proj_mlp": (H, 4 * H),
    "proj_out": (5 * H, H),
}  # fmt: skip
KLEIN = {
    **{name: size for name, size in DEV.items() if name.startswith("attn.")},
    "ff.linear_in": (H, 6 * H), "ff.linear_out": (3 * H, H), "ff_context.linear_in": (H, 6 * H),
    "ff_context.linear_out": (3 * H, H),
}  # fmt: skip
KLEIN_SINGLE = {"attn.to_qkv_mlp_proj": (H, 9 * H), "attn.to_out": (4 * H, H)}


def run_of(targets, **more):
    return parse_run_file({"version": 1, "prompts": ["x"], "lora": {"rank": 4, "targets": targets, **more}})


def wanted(double, single, config, rank=4):
    """{key of the file: shape} of every linear of every block."""
    keys = {}
    blocks = [("transformer_blocks", config["num_layers"], double), ("single_transformer_blocks", config["num_single_layers"], single)]
    for kind, count, linears in blocks:
        for i in range(count):
            for name, (inner, outer) in linears.items():
                keys[f"transformer.{kind}.{i}.{name}.lora_A.weight"] = (rank, inner)
                keys[f"transformer.{kind}.{i}.{name}.lora_B.weight"] = (outer, rank)
    return keys


def found(config, targets):
    with torch.device("meta"):
        adapter = Adapter(TRANSFORMERS[config["_class_name"]].from_config(config), run_of(targets))
    assert all(factor.is_meta for factor in adapter.factors.values())
    return {f"transformer.{name}": tuple(factor.shape) for name, factor in adapter.factors.items()}


@pytest.mark.parametrize(
    ("config", "double", "single", "linears"),
    [(FLUX1_DEV, DEV, DEV_SINGLE, 19 * 14 + 38 * 6), (FLUX2_KLEIN_4B, KLEIN, KLEIN_SINGLE, 5 * 12 + 20 * 2)],
    ids=["FLUX.1-dev", "klein"],
)
def test_every_linear(config, double, single, linears):
    targets = [name for name in {**double, **single} if name != "norm.linear"] + (["norm.linear"] if "norm.linear" in single else [])
    keys = found(config, targets)
    assert len(keys) == 2 * linears
    assert keys == wanted(double, single, config)


def test_default_targets():
    """FLUX.1's attention: four linears of a double block, three of a single one."""
    assert len(found(FLUX1_DEV, ATTENTION)) == 2 * (19 * 4 + 38 * 3)


def test_targets_of_diffusers_trainer_for_klein():
    keys = found(FLUX2_KLEIN_4B, ["to_q", "to_k", "to_v", "to_out.0", "to_qkv_mlp_proj", "attn.to_out"])
    assert len(keys) == 2 * (5 * 4 + 20 * 2)


SMALL = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 2, "attention_head_dim": 16, "joint_attention_dim": 12}


def small(kind):
    torch.manual_seed(3)
    if kind == "FLUX.1":
        sizes = {**SMALL, "pooled_projection_dim": 6, "in_channels": 8, "axes_dims_rope": [4, 6, 6], "guidance_embeds": True}
        return FluxTransformer2DModel(**sizes).eval()
    sizes = {**SMALL, "in_channels": 8, "axes_dims_rope": [4, 4, 4, 4], "guidance_embeds": False}
    return Flux2Transformer2DModel(**sizes).eval()


def draw_with(model, kind):
    generator = torch.Generator().manual_seed(1)
    axes = 3 if kind == "FLUX.1" else 4
    given = {
        "hidden_states": torch.randn(2, 6, 8, generator=generator), "timestep": torch.tensor([0.7, 0.2]),
        "encoder_hidden_states": torch.randn(2, 3, 12, generator=generator), "img_ids": torch.zeros(6, axes),
        "txt_ids": torch.zeros(3, axes), "return_dict": False,
    }  # fmt: skip
    if kind == "FLUX.1":
        given |= {"pooled_projections": torch.randn(2, 6, generator=generator), "guidance": torch.full((2,), 3.5)}
    with torch.no_grad():
        return model(**given)[0]


@pytest.mark.parametrize("kind", ["FLUX.1", "FLUX.2"])
def test_a_written_file_draws_the_same_in_diffusers(tmp_path, kind):
    """Its scale too, which is alpha/rank in the run and folded into B in the file."""
    every = {**DEV, **DEV_SINGLE} if kind == "FLUX.1" else {**KLEIN, **KLEIN_SINGLE}
    run = run_of(list(every), alpha=7)
    model = small(kind)
    base = draw_with(model, kind)
    adapter = Adapter(model, run)
    with torch.no_grad():
        for factor in adapter.factors.values():
            factor.copy_(torch.randn(factor.shape) * 0.2)
    path = tmp_path / "pytorch_lora_weights.safetensors"
    write_adapter(path, adapter.for_file(), metadata(run, adapter.linears, 3, "0" * 64, kind == "FLUX.2"))
    drawn = draw_with(model, kind)
    assert (drawn - base).abs().max() > 0.01

    loaded = small(kind)
    loaded.load_lora_adapter(path, prefix="transformer")
    assert torch.allclose(draw_with(loaded, kind), drawn, atol=1e-5)
    # And back: the file is the run's own factors again.
    again = Adapter(small(kind), run).from_file(load_file(path), "file")
    for name, factor in adapter.factors.items():
        assert torch.allclose(again[name], factor.detach(), atol=1e-6)
