"""Proves a CLIP model as wide as PickScore and HPSv2.1 against transformers.

    python check_clip.py

Random f16 weights of ViT-H's widths (pictures 1280, 16 heads of 80, patches of 14, 224 × 224; texts 1024, 77 tokens),
two layers each, of CLIP-L's vocabulary cut short. Our program scores a picture that is not square; image features, text
features, score and the gradient of the score by the picture are to be transformers' within 1e-3. Exit code 1 and a
sentence where they are not.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from clip_golden import PAIRS, TEXTS, prepare, tensor_of, vocabulary
from quiet import quiet
from rewards import CLIP_MEAN, CLIP_STD

STUDIO = ["node", Path(__file__).parents[2] / "scripts/score-pictures.mjs"]
TOLERANCE = 1e-3
SIZES = {"num_hidden_layers": 2, "num_attention_heads": 16, "hidden_act": "gelu", "projection_dim": 1024}
VISION = SIZES | {"hidden_size": 1280, "intermediate_size": 5120, "image_size": 224, "patch_size": 14}
TEXT = SIZES | {"hidden_size": 1024, "intermediate_size": 4096, "max_position_embeddings": 77, "eos_token_id": 2}


def make(folder):
    """A model whose weights are those of its own initialisation, made larger, and its folder."""
    torch.manual_seed(5)
    vocab = vocabulary()
    config = {"projection_dim": 1024, "vision_config": VISION, "text_config": TEXT | {"vocab_size": len(vocab)}}
    model = CLIPModel(CLIPConfig(**config))
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.ndim > 1:
                tensor.normal_(std=0.5 if "embedding" in name and "patch" not in name else tensor[0].numel() ** -0.5)
            elif name.endswith("bias"):
                tensor.normal_(std=0.1)
        model.logit_scale.fill_(4.6052)
    state = {name: tensor.detach().half() for name, tensor in model.state_dict().items() if tensor.is_floating_point()}
    save_file(state, folder / "model.safetensors")
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["CLIPModel"]}))
    tokenizer = CLIPTokenizer(vocab=vocab, merges=[tuple(pair.split()) for pair in PAIRS])
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return model.double().eval().requires_grad_(False), tokenizer


def reference(model, tokenizer, picture):
    leaf = picture.double().requires_grad_()
    image = F.normalize(tensor_of(model.get_image_features(pixel_values=prepare(leaf, 224, CLIP_MEAN, CLIP_STD))), dim=-1)
    text = []
    for words in TEXTS:
        ids = tokenizer(words, truncation=True, max_length=77, return_tensors="pt")["input_ids"]
        text.append(F.normalize(tensor_of(model.get_text_features(input_ids=ids)), dim=-1)[0])
    scaled = torch.stack(text) * model.logit_scale.exp() / 20
    score = image @ scaled.T
    (gradient,) = torch.autograd.grad(score.sum(), leaf)
    return {"image": image.detach(), "text": scaled, "score": score.detach(), "gradient": gradient.permute(0, 2, 3, 1)}


def main():
    quiet()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model").mkdir()
        model, tokenizer = make(folder / "model")
        picture = torch.rand(1, 3, 256, 320)
        save_file({"picture": picture.permute(0, 2, 3, 1).contiguous()}, folder / "picture.safetensors")
        out = folder / "out.safetensors"
        subprocess.run([*STUDIO, folder / "model", folder / "picture.safetensors", out, *TEXTS], check=True)
        ours, failed = load_file(out), False
        for name, theirs in reference(model, tokenizer, picture).items():
            error = ((ours[name].double() - theirs).norm() / theirs.norm()).item()
            print(f"ViT-H's widths, {name}: relative L2 {error:.1e} ({TOLERANCE:.0e} allowed)")
            failed |= not error <= TOLERANCE
        if failed:
            sys.exit("A CLIP model of ViT-H's widths is not what transformers computes.")


if __name__ == "__main__":
    main()
