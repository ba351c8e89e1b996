"""Writes golden/clip: small CLIP models in their folders, and what transformers makes of pictures and texts with them.

    python clip_golden.py [--check]

`hf` is a `CLIPModel` as transformers writes it (f16, exact GELU, tokenizer.json, eos_token_id 2, which takes the greatest
id for the end of a text); `open-clip` has open_clip's names and config (f32, quick GELU, vocab.json and merges.txt). In
expected.safetensors, for each: `picture` [3, H, W], not square; `ids.N` of text N; `image`, `text` [texts, projection],
L2-normalised; `score` [texts], f·C times exp(logit_scale) / 20; `gradient` of its sum, [3, H, W]. `aesthetic` is a
LAION head in its published names and `score` of `image` of `hf`. Results are computed in f64; --check allows 1e-5.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from golden import uniforms
from quiet import quiet
from rewards import CLIP_MEAN, CLIP_STD

FOLDER = Path(__file__).parent / "golden/clip"
TEXTS = ["Natural lighting. A cat's face", "3d render, two  RED apples, and a very long tail of words that is cut off", "é 猫"]
PAIRS = [
    "a t</w>", "c at</w>", "r e", "re d</w>", "f a", "fa c", "fac e</w>", "p p", "a pp", "l e", "app le", "apple s</w>",
    "n d</w>", "a nd</w>", "' s</w>", "l i", "li g", "lig h", "i n", "in g</w>", "t h", "o f</w>",
]  # fmt: skip
HF = {
    "projection_dim": 12, "logit_scale_init_value": 2.6592,
    "vision_config": {
        "hidden_size": 20, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28,
        "patch_size": 7, "hidden_act": "gelu", "projection_dim": 12,
    },
    "text_config": {
        "hidden_size": 15, "intermediate_size": 33, "num_hidden_layers": 2, "num_attention_heads": 3,
        "max_position_embeddings": 24, "hidden_act": "gelu", "eos_token_id": 2, "projection_dim": 12,
    },
}  # fmt: skip
OPEN_CLIP = {
    "model_cfg": {
        "embed_dim": 10, "quick_gelu": True,
        "vision_cfg": {"image_size": 24, "layers": 1, "width": 18, "head_width": 6, "patch_size": 8},
        "text_cfg": {"context_length": 20, "vocab_size": 0, "width": 16, "heads": 4, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.4, 0.45], "std": [0.25, 0.3, 0.2]},
}  # fmt: skip


def vocabulary():
    characters = list(bytes_to_unicode().values())
    tokens = [*characters, *(f"{c}</w>" for c in characters), *("".join(pair.split()) for pair in PAIRS)]
    return {token: i for i, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def weights(model, name):
    """Uniform numbers whose width keeps every layer at about one."""
    state = {}
    for key, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        spread = 1.0 if "embedding" in key and "patch" not in key else 1.6 / np.sqrt(max(tensor[0].numel(), 1)) if tensor.ndim > 1 else 0.3
        values = (uniforms(name, key, tuple(tensor.shape)) - 0.5) * 2 * spread
        values += 1.0 if "norm" in key and key.endswith("weight") else 0.0
        state[key] = torch.from_numpy(np.asarray(values)).float() + (2.5 if key == "logit_scale" else 0)
    model.load_state_dict(state, strict=False)
    return {key: tensor.contiguous() for key, tensor in state.items()}


def prepare(picture, side, mean, std):
    """The shorter side to `side`, bicubic with antialias; the middle; normalised."""
    height, width = picture.shape[-2:]
    short = min(height, width)
    size = [side if length == short else int(side * length / short) for length in (height, width)]
    resized = F.interpolate(picture, size, mode="bicubic", antialias=True, align_corners=False)
    top, left = ((length - side) // 2 for length in size)
    cut = resized[..., top : top + side, left : left + side]
    return (cut - torch.tensor(mean).to(cut).view(3, 1, 1)) / torch.tensor(std).to(cut).view(3, 1, 1)


def tensor_of(output):
    return output if torch.is_tensor(output) else output.pooler_output


def answers(model, tokenizer, picture, length, mean, std):
    model = model.double().eval().requires_grad_(False)
    side = model.config.vision_config.image_size
    leaf = picture[None].double().requires_grad_()
    image = F.normalize(tensor_of(model.get_image_features(pixel_values=prepare(leaf, side, mean, std))), dim=-1)
    expected, features = {"picture": picture}, []
    for i, text in enumerate(TEXTS):
        ids = tokenizer(text, truncation=True, max_length=length, return_tensors="pt")["input_ids"]
        expected[f"ids.{i}"] = ids[0].float()
        features.append(F.normalize(tensor_of(model.get_text_features(input_ids=ids)), dim=-1)[0])
    text = torch.stack(features)
    score = (image @ text.T)[0] * model.logit_scale.exp() / 20
    (gradient,) = torch.autograd.grad(score.sum(), leaf)
    expected |= {"image": image[0].detach(), "text": text, "score": score.detach(), "gradient": gradient[0]}
    return {key: value.float().contiguous() for key, value in expected.items()}


def save_tokenizer_files(folder, vocab):
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(PAIRS) + "\n")


def to_open_clip(state):
    """transformers' tensors by open_clip's names."""
    out = {"logit_scale": state["logit_scale"]}
    outside = {
        "vision_model.embeddings.class_embedding": "visual.class_embedding",
        "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
        "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
    }
    out |= {theirs: state[ours] for ours, theirs in outside.items()}
    out |= {"visual.proj": state["visual_projection.weight"].T, "text_projection": state["text_projection.weight"].T}
    norms = {"visual.ln_pre": "vision_model.pre_layrnorm", "visual.ln_post": "vision_model.post_layernorm", "ln_final": "text_model.final_layer_norm"}
    parts = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    for end in ("weight", "bias"):
        out |= {f"{theirs}.{end}": state[f"{ours}.{end}"] for theirs, ours in norms.items()}
        for theirs, ours in (("visual.transformer", "vision_model"), ("transformer", "text_model")):
            block, layer = f"{theirs}.resblocks.0", f"{ours}.encoder.layers.0"
            out |= {f"{block}.{a}.{end}": state[f"{layer}.{b}.{end}"] for a, b in parts.items()}
            fused = [state[f"{layer}.self_attn.{which}_proj.{end}"] for which in "qkv"]
            out[f"{block}.attn.in_proj_{end}"] = torch.cat(fused)
    return {key: tensor.contiguous() for key, tensor in out.items()}


def hf(folder):
    vocab = vocabulary()
    config = CLIPConfig(**HF | {"text_config": HF["text_config"] | {"vocab_size": len(vocab)}})
    model = CLIPModel(config)
    state = {key: tensor.half() for key, tensor in weights(model, "hf").items()}
    model.load_state_dict({key: tensor.float() for key, tensor in state.items()}, strict=False)
    save_file(state, folder / "model.safetensors")
    written = HF | {"architectures": ["CLIPModel"], "model_type": "clip"}
    written["text_config"] = HF["text_config"] | {"vocab_size": len(vocab)}
    (folder / "config.json").write_text(json.dumps(written, indent=1) + "\n")
    preprocessor = {"size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}, "resample": 3, "do_center_crop": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor) + "\n")
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[tuple(pair.split()) for pair in PAIRS])
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    picture = torch.from_numpy(uniforms("hf", "picture", (3, 21, 40))).float()
    return answers(model, tokenizer, picture, 24, CLIP_MEAN, CLIP_STD)


def open_clip(folder):
    vocab = vocabulary()
    v, t = (OPEN_CLIP["model_cfg"][key] for key in ("vision_cfg", "text_cfg"))
    sizes = {"num_hidden_layers": 1, "hidden_act": "quick_gelu", "projection_dim": 10}
    vision = sizes | {"hidden_size": v["width"], "intermediate_size": 4 * v["width"], "num_attention_heads": 3, "image_size": 24, "patch_size": 8}
    text = sizes | {"hidden_size": t["width"], "intermediate_size": 4 * t["width"], "num_attention_heads": 4, "max_position_embeddings": 20}
    # The newer convention, which finds the same token.
    text |= {"vocab_size": len(vocab), "eos_token_id": vocab["<|endoftext|>"]}
    model = CLIPModel(CLIPConfig(projection_dim=10, vision_config=vision, text_config=text))
    save_file(to_open_clip(weights(model, "open-clip")), folder / "open_clip_model.safetensors")
    written = json.loads(json.dumps(OPEN_CLIP))
    written["model_cfg"]["text_cfg"]["vocab_size"] = len(vocab)
    (folder / "open_clip_config.json").write_text(json.dumps(written, indent=1) + "\n")
    save_tokenizer_files(folder, vocab)
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[tuple(pair.split()) for pair in PAIRS])
    picture = torch.from_numpy(uniforms("open-clip", "picture", (3, 33, 26))).float()
    return answers(model, tokenizer, picture, 20, *(OPEN_CLIP["preprocess_cfg"][key] for key in ("mean", "std")))


def laion(folder, image):
    sizes, names = [12, 9, 8, 6, 4, 1], ["layers.0", "layers.2", "layers.4", "layers.6", "layers.7"]
    head, x = {}, image.double()
    for i, name in enumerate(names):
        weight = torch.from_numpy(uniforms("laion", f"{name}.weight", (sizes[i + 1], sizes[i])) - 0.5).float()
        bias = torch.from_numpy(uniforms("laion", f"{name}.bias", (sizes[i + 1],))).float()
        head |= {f"{name}.weight": weight, f"{name}.bias": bias}
        x = F.linear(x, weight.double(), bias.double())
    save_file(head, folder / "head.safetensors")
    (folder / "config.json").write_text(json.dumps({"backbone": "hf", "range": [0, 10]}) + "\n")
    return {"score": x.float()}


def write(folder):
    for name in ("hf", "open-clip", "aesthetic"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    image = None
    for name, make in (("hf", hf), ("open-clip", open_clip), ("aesthetic", lambda at: laion(at, image))):
        expected = make(folder / name)
        image = expected.get("image") if name == "hf" else image
        save_file(expected, folder / name / "expected.safetensors")


def check():
    with tempfile.TemporaryDirectory() as temporary:
        write(Path(temporary))
        for path in sorted(Path(temporary).rglob("*.*")):
            name = path.relative_to(temporary)
            if path.name != "expected.safetensors":
                same = path.read_bytes() == (FOLDER / name).read_bytes()
            else:
                ours, theirs = load_file(path), load_file(FOLDER / name)
                same = ours.keys() == theirs.keys() and all(
                    (ours[key] - theirs[key]).norm() <= 1e-5 * theirs[key].norm() for key in ours
                )
            if not same:
                sys.exit(f"clip/{name} is not what clip_golden.py writes.")
    print("clip: reproduced")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    quiet()
    check() if parser.parse_args().check else write(FOLDER)


if __name__ == "__main__":
    main()
