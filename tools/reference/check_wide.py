"""Proves transformers of the published widths against diffusers: hidden size 3072, 24 heads of 128.

    python check_wide.py [flux1 | flux2 | fp8 | ahead …]

Random weights of one double and one single block (joint width 4096 and MLP 12288 of FLUX.1, 7680 and SwiGLU 9216 of
FLUX.2 [klein]) as a base of own files: an embeddings file, no text encoder, and the matrices in one GGUF, in every type of
blocks in turns (by the `gguf` package; what it does not write are random blocks, which it reads); `fp8` is FLUX.2 in fp8 with
scales, `ahead` FLUX.1 whose modulations are computed before. `studio probe` at 64 × 64 pixels, every kind of linear adapted
(with `ahead` those of the blocks' attention and MLPs); the velocity and the picture are to be those of diffusers with the
dequantised weights within 1e-3, and so is every LoRA gradient. Exit code 1 where they are not. Takes half a minute a kind on a
software adapter once its kernels are compiled, and 6 GB of memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
from diffusers import Flux2Transformer2DModel, FluxTransformer2DModel
from safetensors.torch import load_file, save_file

from bundle import Bundle, _frozen
from golden import DEFAULT_RUN, EVERY_FLUX2_LINEAR, EVERY_LINEAR, ROOT, lora_of, merged, relative_l2
from lora import Lora
from make_bundle import SPECS, Weights, make_tower, make_vae
from probe import probe
from quiet import quiet
from taef2 import load_vae

TOLERANCE = 1e-3
STUDIO = ["node", ROOT / "scripts/studio.mjs"]
SIDE, TEXT_TOKENS, SIGMA_INDEX = 64, 12, 60
WIDE = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 24, "attention_head_dim": 128}
KINDS = {
    "flux1": {
        "class": FluxTransformer2DModel, "joint_attention_dim": 4096, "latent_channels": 16, "targets": EVERY_LINEAR,
        "sizes": {"pooled_projection_dim": 768, "guidance_embeds": True, "axes_dims_rope": [16, 56, 56]}, "pooled": 768,
    },
    "flux2": {
        "class": Flux2Transformer2DModel, "joint_attention_dim": 7680, "latent_channels": 32, "targets": EVERY_FLUX2_LINEAR,
        "sizes": {"mlp_ratio": 3.0, "guidance_embeds": False, "axes_dims_rope": [32, 32, 32, 32]}, "pooled": 7680,
    },
}  # fmt: skip
KINDS["fp8"] = KINDS["flux2"]
KINDS["ahead"] = KINDS["flux1"] | {"targets": ["attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "ff.net.2", "proj_out"]}


class WideBundle(Bundle):
    """The same base, its parts given."""

    def __init__(self, folder, transformer, is_flux2, texts):
        self.folder, self.dtype, self.transformer, self.is_flux2 = folder, torch.float32, transformer, is_flux2
        vae, self.statistics_eps = load_vae(folder / "vae", self.dtype)
        self.vae = _frozen(vae)
        self.scheduler = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        self.channels, self.grid = transformer.config.in_channels, (SIDE // 16, SIDE // 16)
        self.reward_names, self._rewards, self._texts = ["clip"], {}, texts

    def encode_text(self, prompts):
        return tuple(torch.stack([self._texts[p][part] for p in prompts]) for part in (0, 1))


# Types that the `gguf` package writes, and by what it reads only: where a block's f16 numbers lie, and what each of them is
# divided by for weights of the wanted size.
Type = gguf.GGMLQuantizationType
WRITTEN = [Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1]
READ = {Type.Q4_K: {0: 200, 2: 28}, Type.Q5_K: {0: 410, 2: 28}, Type.Q6_K: {208: 1400}}


def blocks_of(kind, values, std, random):
    """Rows of blocks of a type: of those values, or random ones of that size."""
    if kind in WRITTEN:
        return gguf.quantize(values, kind)
    weights, size = gguf.constants.GGML_QUANT_SIZES[kind]
    data = random.randint(0, 256, (values.size // weights, size)).astype(np.uint8)
    # One sign for a block's scale and its minimum, so that they cancel as in a real file.
    signs = random.choice([-1, 1], len(data))
    for at, divisor in READ[kind].items():
        data[:, at : at + 2] = (signs * std / divisor).astype(np.float16).view(np.uint8).reshape(-1, 2)
    return data.reshape(len(values), -1)


def to_fp8(values):
    """A matrix in fp8 whose largest value is the type's, and the number that it is to be multiplied by."""
    scale = values.abs().max() / 448
    return (values / scale).to(torch.float8_e4m3fn), scale


def make_transformer(kind, folder, is_fp8):
    """A model of random weights as they are after quantisation, and its file."""
    with torch.device("meta"):
        model = kind["class"](
            in_channels=4 * kind["latent_channels"], joint_attention_dim=kind["joint_attention_dim"], **WIDE, **kind["sizes"]
        )
    model = model.to_empty(device="cpu")
    writer = None if is_fp8 else gguf.GGUFWriter(folder / "model.gguf", "flux")
    tensors = {}
    random = np.random.RandomState(12)
    types = [*WRITTEN, *READ]
    turn = 0
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim < 2:
                parameter.normal_(std=0.1, generator=generator)
                if ".norm_" in name:
                    parameter.add_(1)
                if is_fp8:
                    tensors[name] = parameter.clone()
                else:
                    writer.add_tensor(name, parameter.numpy())
                continue
            gain = 0.5 if any(s in name for s in ("norm", "modulation")) or name.startswith("proj_out") else 1.0
            std = gain / parameter.shape[1] ** 0.5
            parameter.normal_(std=std, generator=generator)
            if is_fp8:
                tensors[name], scale = to_fp8(parameter)
                tensors[name.replace(".weight", ".weight_scale")] = scale
                parameter.copy_(tensors[name].float() * scale)
                continue
            # Rows of the types with 256 weights a block have to be whole blocks.
            usable = [t for t in types if t in WRITTEN or parameter.shape[1] % 256 == 0]
            quant, turn = usable[turn % len(usable)], turn + 1
            blocks = blocks_of(quant, parameter.numpy(), std, random)
            writer.add_tensor(name, blocks, raw_dtype=quant)
            parameter.copy_(torch.from_numpy(gguf.dequantize(blocks, quant)))
    if is_fp8:
        save_file(tensors, folder / "model.safetensors")
    else:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return _frozen(model)


def settle(folder, latent_channels):
    """Moves a decoder's biases until no ReLU lies near its kink and every picture inside (0, 1): the gradients are to be
    those of the transformer, not of a pixel that rounding puts on the other side."""
    file = folder / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    last = max((name for name in tensors if name.startswith("decoder.")), key=lambda name: int(name.split(".")[2]))
    last = last.rsplit(".", 1)[0]
    for name, tensor in tensors.items():
        if name.startswith("decoder.") and name.endswith("bias") and not name.startswith(last):
            tensor.add_(8)
    save_file(tensors, file, {"format": "pt"})
    vae, _ = load_vae(folder, torch.float32)
    with torch.no_grad():
        picture = vae.decode(torch.randn(4, latent_channels, SIDE // 8, SIDE // 8)).sample / 2 + 0.5
    gain = 0.08 / picture.std()
    tensors[f"{last}.weight"].mul_(gain)
    bias = tensors[f"{last}.bias"]
    bias.copy_(0.5 + gain * (bias - picture.mean((0, 2, 3))))
    save_file(tensors, file, {"format": "pt"})


def check(name, kind, folder):
    """The largest relative L2 differences of `studio probe` from the reference: forward, gradients."""
    weights = Weights(f"wide-{name}")
    (folder / "transformer").mkdir(parents=True)
    transformer = make_transformer(kind, folder / "transformer", name == "fp8")
    is_flux2 = name in ("flux2", "fp8")
    spec = SPECS["klein" if is_flux2 else "nano"]
    make_vae(weights, spec["vae"] | {"latent_channels": kind["latent_channels"], "precision": "f32"}, folder / "vae")
    settle(folder / "vae", kind["latent_channels"])
    (folder / "scheduler").mkdir()
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps({"shift": 1.0}))
    make_tower(weights, "clip", SPECS["nano"]["towers"]["clip"], kind["pooled"], folder / "rewards/clip")

    run = merged(
        DEFAULT_RUN,
        {
            "bundle": "wide", "batch": 1, "prompts": ["cat face"], "rollout": {"steps": 1, "guidance": 3.0},
            "lora": {"rank": 2, "alpha": 2, "targets": kind["targets"]},
            "timesteps": {"sigmaMin": 0.5, "sigmaMax": 0.95, "count": 100, "step": 20},
        },
    )  # fmt: skip
    words = [run["reward"]["positive"][0], run["reward"]["negative"][0]]
    texts, embeddings = {}, {}
    for i, text in enumerate(["cat face", *(f"{w}. cat face" for w in words), ""]):
        tokens = weights.uniform(f"tokens.{i}", (TEXT_TOKENS, kind["joint_attention_dim"]), 1.0).half()
        pooled = torch.nn.functional.normalize(weights.uniform(f"pooled.{i}", (kind["pooled"],), 1.0), dim=0).half()
        embeddings |= {f"tokens.{i}": tokens, f"pooled.{i}": pooled}
        texts[text] = (tokens.float(), pooled.float())
    save_file(embeddings, folder / "embeddings.safetensors", {"prompts": json.dumps(list(texts))})
    about = {
        "name": "wide", "version": 1, "image": {"width": SIDE, "height": SIDE}, "text": {"max_length": TEXT_TOKENS},
        "rewards": ["clip"],
    }  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps(about))

    bundle = WideBundle(folder, transformer, is_flux2, texts)
    noise = weights.uniform("noise", (1, (SIDE // 16) ** 2, bundle.channels), 1.0)
    adapter = lora_of(f"wide-{name}", run, bundle)
    files = {key: folder.parent / f"{key}.safetensors" for key in ("noise", "lora", "out")}
    save_file({"noise": noise}, files["noise"])
    save_file(adapter, files["lora"], {"format": "pt"})
    (folder.parent / "run.json").write_text(json.dumps(run))
    arguments = ["--run", folder.parent / "run.json", "--noise", files["noise"], "--lora", files["lora"], "--out", files["out"]]
    if name == "ahead":
        arguments.append("--modulations-ahead")
    subprocess.run([*STUDIO, "probe", "--bundle", folder, *arguments, "--sigma-index", str(SIGMA_INDEX)], check=True)

    lora = Lora(transformer, adapter, run["lora"]["targets"], run["lora"]["alpha"])
    expected = probe(bundle, run, noise, SIGMA_INDEX, lora)
    ours = load_file(files["out"])
    errors = {key: relative_l2(ours[key], value) for key, value in expected.items()}
    for key in sorted(errors, key=errors.get)[-5:]:
        print(f"  {key}: {errors[key]:.1e}")
    gradients = [e for key, e in errors.items() if key.startswith("grad.")]
    return max(e for key, e in errors.items() if not key.startswith("grad.")), max(gradients), len(gradients)


def main():
    quiet()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="default: all")
    wrong = False
    for name in parser.parse_args().kinds or KINDS:
        with tempfile.TemporaryDirectory() as temporary:
            forward, gradient, count = check(name, KINDS[name], Path(temporary) / "wide")
        print(f"{name}: forward {forward:.1e}, {count} gradients {gradient:.1e} (relative L2, {TOLERANCE:.0e} allowed)")
        wrong |= not max(forward, gradient) <= TOLERANCE
    if wrong:
        sys.exit("A transformer of the published widths is not what diffusers computes.")


if __name__ == "__main__":
    main()
