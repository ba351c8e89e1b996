"""Original (BFL) checkpoints of small random transformers, and what diffusers converts them to; or proves that it does.

    python checkpoint_golden.py [--check]

golden/checkpoints holds
  flux1.safetensors       FLUX.1 under the original's names, f16
  flux1.gguf              the same with `model.diffusion_model.` before the names, matrices in Q8_0
  flux2.safetensors       FLUX.2, matrices in fp8 with `NAME.weight_scale` beside them
  flux2-bf16/             FLUX.2 as diffusers saves it, in shards
  converted.json          FILE → diffusers' name → shape and sha256 of the f32 values: diffusers' own conversion of each file,
                          which its model loads with no name left over and none missing
  shapes.json             published models cut to one block of each kind: config, the original's names and shapes, and those of
                          diffusers' model
  parts.json              config and shapes of TAEF1, TAEF2 and of a CLIP ViT-H cut to one layer a tower

diffusers' conversion of FLUX.1 has the width 3072 written into it; for the small model that number is replaced.
"""

import hashlib
import inspect
import json
import sys
import zlib
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, Flux2Transformer2DModel, FluxTransformer2DModel
from diffusers.loaders import single_file_utils
from diffusers.loaders.single_file_utils import convert_flux2_transformer_checkpoint_to_diffusers as convert_flux2
from diffusers.loaders.single_file_utils import convert_flux_transformer_checkpoint_to_diffusers as convert_flux1
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, dequantize, quantize
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

from golden_folder import main
from quiet import quiet
from taef2 import extend

FOLDER = Path(__file__).parent / "golden/checkpoints"
SMALL = dict(in_channels=32, num_attention_heads=2, attention_head_dim=16, joint_attention_dim=64)
SMALL_FLUX1 = SMALL | dict(
    num_layers=1, num_single_layers=2, pooled_projection_dim=32, guidance_embeds=True, axes_dims_rope=(4, 6, 6)
)
SMALL_FLUX2 = SMALL | dict(num_layers=2, num_single_layers=1, guidance_embeds=False, axes_dims_rope=(4, 4, 4, 4))
PUBLISHED = {
    "FLUX.1-dev": (FluxTransformer2DModel, dict(guidance_embeds=True)),
    "FLUX.1-schnell": (FluxTransformer2DModel, dict(guidance_embeds=False)),
    "FLUX.2-klein-4B": (
        Flux2Transformer2DModel,
        dict(num_attention_heads=24, joint_attention_dim=7680, guidance_embeds=False),
    ),
    "FLUX.2-dev": (Flux2Transformer2DModel, dict()),
}


def bfl_shapes(model):
    """Names and shapes of the original checkpoint."""
    config = model.config
    dim = config.num_attention_heads * config.attention_head_dim
    flux2 = isinstance(model, Flux2Transformer2DModel)
    shapes = {}

    def linear(name, rows, columns):
        shapes[f"{name}.weight"] = [rows, columns]
        if not flux2:
            shapes[f"{name}.bias"] = [rows]

    def norms(name):
        for which in ("query", "key"):
            shapes[f"{name}.{which}_norm.scale"] = [config.attention_head_dim]

    linear("img_in", dim, config.in_channels)
    linear("txt_in", dim, config.joint_attention_dim)
    inputs = {"time_in": 256} | ({"guidance_in": 256} if config.guidance_embeds else {})
    for name, width in (inputs if flux2 else inputs | {"vector_in": config.pooled_projection_dim}).items():
        linear(f"{name}.in_layer", dim, width)
        linear(f"{name}.out_layer", dim, dim)
    if flux2:
        linear("double_stream_modulation_img.lin", 6 * dim, dim)
        linear("double_stream_modulation_txt.lin", 6 * dim, dim)
        linear("single_stream_modulation.lin", 3 * dim, dim)
    for i in range(config.num_layers):
        for side in ("img", "txt"):
            block = f"double_blocks.{i}.{side}"
            if not flux2:
                linear(f"{block}_mod.lin", 6 * dim, dim)
            linear(f"{block}_attn.qkv", 3 * dim, dim)
            norms(f"{block}_attn.norm")
            linear(f"{block}_attn.proj", dim, dim)
            linear(f"{block}_mlp.0", (6 if flux2 else 4) * dim, dim)
            linear(f"{block}_mlp.2", dim, (3 if flux2 else 4) * dim)
    for i in range(config.num_single_layers):
        block = f"single_blocks.{i}"
        if not flux2:
            linear(f"{block}.modulation.lin", 3 * dim, dim)
        linear(f"{block}.linear1", (9 if flux2 else 7) * dim, dim)
        linear(f"{block}.linear2", dim, (4 if flux2 else 5) * dim)
        norms(f"{block}.norm")
    linear("final_layer.adaLN_modulation.1", 2 * dim, dim)
    linear("final_layer.linear", config.out_channels or config.in_channels, dim)
    return shapes


def convert(model, checkpoint):
    """diffusers' conversion; exits where the model would not load it whole."""
    checkpoint = dict(checkpoint)
    if isinstance(model, Flux2Transformer2DModel):
        converted = convert_flux2({name.removeprefix("model.diffusion_model."): t for name, t in checkpoint.items()})
    else:
        dim = model.config.num_attention_heads * model.config.attention_head_dim
        source = inspect.getsource(convert_flux1)
        if source.count("inner_dim = 3072") != 1:
            sys.exit("diffusers' conversion of FLUX.1 has another width written into it than 3072.")
        scope = {}
        exec(source.replace("inner_dim = 3072", f"inner_dim = {dim}"), vars(single_file_utils), scope)
        converted = scope[convert_flux1.__name__](checkpoint)
        if checkpoint:
            sys.exit(f"diffusers leaves {list(checkpoint)[:3]}.")
    expected = {name: list(t.shape) for name, t in model.state_dict().items()}
    if {name: list(t.shape) for name, t in converted.items()} != expected:
        sys.exit("diffusers' conversion does not fit its model.")
    return converted


def small(kind, config):
    with torch.device("meta"):
        return kind(**config)


def parts():
    """The rest of a whole base: both tiny autoencoders, and the CLIP model of PickScore and HPSv2.1 cut to one layer a tower."""
    tiny = {"latent_channels": 16, "scaling_factor": 1.0, "shift_factor": 0.0}
    tiny2 = tiny | {"latent_channels": 32}
    vit_h = {
        "projection_dim": 1024,
        "vision_config": dict(
            hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=16, patch_size=14,
            image_size=224, hidden_act="gelu", projection_dim=1024,
        ),
        "text_config": dict(
            hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
            max_position_embeddings=77, vocab_size=49408, eos_token_id=49407, hidden_act="gelu", projection_dim=1024,
        ),
    }  # fmt: skip
    one = {tower: vit_h[tower] | {"num_hidden_layers": 1} for tower in ("vision_config", "text_config")}
    with torch.device("meta"):
        taef1, taef2 = AutoencoderTiny(**tiny), AutoencoderTiny(**tiny2)
        extended = {"use_midblock_gn": True, "batch_norm_eps": 1e-4}
        extend(taef2, **extended)
        clip = CLIPModel(CLIPConfig(**vit_h | one))
    config = {key: value for key, value in taef1.config.items() if not key.startswith("_")}
    return {
        "TAEF1": (taef1, config),
        "TAEF2": (taef2, config | tiny2 | extended),
        "CLIP ViT-H": (clip, vit_h | {"model_type": "clip", "architectures": ["CLIPModel"]}),
    }


def values(name, shape):
    """Multiples of 1/16 in [-2, 2], the same for the same name."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    return torch.from_numpy(random.randint(-32, 33, shape) / 16).float()


def digest(tensors):
    def one(tensor):
        data = tensor.float().contiguous().numpy().astype("<f4").tobytes()
        return [list(tensor.shape), hashlib.sha256(data).hexdigest()]

    return {name: one(tensor) for name, tensor in sorted(tensors.items())}


def write_gguf(path, tensors):
    """@returns the values that the file holds, under its names."""
    writer = GGUFWriter(path, "flux")
    held = {}
    for name, tensor in tensors.items():
        data = tensor.numpy()
        kind = Type.Q8_0 if data.ndim == 2 else Type.F32
        blocks = quantize(data, kind)
        held[f"model.diffusion_model.{name}"] = torch.from_numpy(np.array(dequantize(blocks, kind)))
        raw = kind if kind == Type.Q8_0 else None
        writer.add_tensor(f"model.diffusion_model.{name}", blocks, raw_dtype=raw)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return held


def fp8(tensors):
    """Matrices in fp8 with a scale, and the values of that."""
    file, held = {}, {}
    for i, (name, tensor) in enumerate(tensors.items()):
        if tensor.ndim == 1:
            file[name] = held[name] = tensor
            continue
        scale = torch.tensor(0.003 * (i + 1))
        file[name] = (tensor / scale).clamp(-448, 448).to(torch.float8_e4m3fn)
        file[f"{name.removesuffix('.weight')}.weight_scale"] = scale
        held[name] = file[name].float() * scale
    return file, held


def write(folder):
    converted = {}
    flux1 = small(FluxTransformer2DModel, SMALL_FLUX1)
    flux2 = small(Flux2Transformer2DModel, SMALL_FLUX2)
    one = {name: values(name, shape) for name, shape in bfl_shapes(flux1).items()}
    two = {name: values(name, shape) for name, shape in bfl_shapes(flux2).items()}

    save_file({name: t.half() for name, t in one.items()}, folder / "flux1.safetensors")
    converted["flux1.safetensors"] = digest(convert(flux1, one))
    converted["flux1.gguf"] = digest(convert(flux1, write_gguf(folder / "flux1.gguf", one)))
    file, held = fp8(two)
    save_file(file, folder / "flux2.safetensors")
    converted["flux2.safetensors"] = digest(convert(flux2, held))

    whole = Flux2Transformer2DModel(**SMALL_FLUX2)
    whole.load_state_dict(convert(flux2, two))
    whole.to(torch.bfloat16).save_pretrained(folder / "flux2-bf16", max_shard_size="60KB")
    converted["flux2-bf16"] = digest(whole.state_dict())
    (folder / "converted.json").write_text(json.dumps(converted, indent=1) + "\n")

    shapes = {}
    for name, (kind, config) in PUBLISHED.items():
        model = small(kind, config | dict(num_layers=1, num_single_layers=1))
        original = bfl_shapes(model)
        checkpoint = {key: torch.empty(shape, device="meta") for key, shape in original.items()}
        diffusers = {key: list(t.shape) for key, t in convert(model, checkpoint).items()}
        config = {key: value for key, value in model.config.items() if not key.startswith("_")}
        shapes[name] = {"class": kind.__name__, "config": config, "bfl": original, "diffusers": diffusers}
    (folder / "shapes.json").write_text(json.dumps(shapes, indent=1) + "\n")

    found = {}
    for name, (model, config) in parts().items():
        found[name] = {"config": config, "shapes": {key: list(t.shape) for key, t in model.state_dict().items()}}
    (folder / "parts.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    quiet()
    main(__doc__, FOLDER, write)
