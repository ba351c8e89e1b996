"""`encode` with the text encoders of diffusers' pipelines, of nothing: CLIP and T5 for FLUX.1, Qwen3 for FLUX.2 [klein]."""

import json
import shutil

import pytest
import torch
from diffusers import Flux2KleinPipeline, FluxPipeline, FluxTransformer2DModel
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5EncoderModel,
)

from direct_align_scale.__main__ import main
from direct_align_scale.text import EmbeddingsFile

from programs import NANO, RUN

LETTERS = {c: i for i, c in enumerate(["[PAD]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz0123456789.<>|", "[END]"])}
CHAT = "{% for message in messages %}<user>{{ message.content }}{% endfor %}"


def tokenizer(path, length):
    made = Tokenizer(models.WordLevel(LETTERS, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    fast = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="[PAD]", eos_token="[END]", model_max_length=length)
    fast.chat_template = CHAT
    fast.save_pretrained(path)


@pytest.fixture(scope="module")
def flux1(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flux1")
    torch.manual_seed(1)
    FluxTransformer2DModel(
        num_layers=1, num_single_layers=1, num_attention_heads=2, attention_head_dim=16, joint_attention_dim=8,
        pooled_projection_dim=16, in_channels=64, axes_dims_rope=[4, 6, 6], guidance_embeds=True,
    ).save_pretrained(folder / "transformer")  # fmt: skip
    for part in ("vae", "scheduler", "rewards"):
        shutil.copytree(NANO / part, folder / part)
    tokenizer(folder / "tokenizer", 77)
    tokenizer(folder / "tokenizer_2", 512)
    small = {"vocab_size": len(LETTERS), "hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    CLIPTextModel(CLIPTextConfig(**small, num_hidden_layers=1, eos_token_id=len(LETTERS) - 1)).save_pretrained(
        folder / "text_encoder"
    )
    T5EncoderModel(T5Config(vocab_size=len(LETTERS), d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)).save_pretrained(
        folder / "text_encoder_2"
    )
    index = {
        "_class_name": "FluxPipeline", "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "T5EncoderModel"], "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
        "tokenizer_2": ["transformers", "PreTrainedTokenizerFast"], "transformer": [None, None], "vae": [None, None],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    }  # fmt: skip
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture(scope="module")
def flux2(tmp_path_factory, flux1):
    folder = tmp_path_factory.mktemp("flux2")
    shutil.copytree(flux1, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "text_encoder")
    torch.manual_seed(2)
    # The pipeline takes hidden states 9, 18 and 27.
    Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(LETTERS), hidden_size=8, intermediate_size=8, num_hidden_layers=28, num_attention_heads=2,
            num_key_value_heads=1, head_dim=4,
        )
    ).save_pretrained(folder / "text_encoder")  # fmt: skip
    index = {
        "_class_name": "Flux2KleinPipeline", "text_encoder": ["transformers", "Qwen3ForCausalLM"],
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"], "transformer": [None, None], "vae": [None, None],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    }  # fmt: skip
    (folder / "model_index.json").write_text(json.dumps(index))
    config = json.loads((folder / "transformer/config.json").read_text())
    config |= {"_class_name": "Flux2Transformer2DModel", "guidance_embeds": False}
    (folder / "transformer/config.json").write_text(json.dumps(config))
    return folder


def encoded(tmp_path, folder):
    # No reward reads the base's own text here.
    run, out = tmp_path / "run.json", tmp_path / "embeddings.safetensors"
    run.write_text(json.dumps({**RUN, "method": "refl", "reward": {"model": "laion"}}))
    assert main(["encode", "--run", str(run), "--model", str(folder), "--out", str(out)]) == 0
    return EmbeddingsFile(out)


@pytest.fixture(autouse=True)
def only_texts_of_the_base(monkeypatch):
    monkeypatch.setattr("direct_align_scale.run_texts.needs_words_encoded", lambda *_: False)


def test_flux1(tmp_path, flux1):
    file = encoded(tmp_path, flux1)
    ((tokens, pooled),) = file.encode(["red apple"])
    pipeline = FluxPipeline.from_pretrained(flux1, transformer=None, vae=None, dtype=torch.bfloat16)
    with torch.no_grad():
        expected, expected_pooled, _ = pipeline.encode_prompt("red apple", None, max_sequence_length=16)
    assert tokens.shape == (16, 8) and pooled.shape == (16,)
    assert torch.allclose(tokens, expected[0].float(), atol=1e-2)
    assert torch.allclose(pooled, expected_pooled[0].float(), atol=1e-2)


def test_flux2(tmp_path, flux2):
    file = encoded(tmp_path, flux2)
    # Without a guidance embedding the empty prompt is needed too.
    (tokens, pooled), _ = file.encode(["red apple", ""])
    pipeline = Flux2KleinPipeline.from_pretrained(flux2, transformer=None, vae=None, dtype=torch.bfloat16)
    with torch.no_grad():
        expected, _ = pipeline.encode_prompt("red apple", max_sequence_length=len(tokens))
    assert pooled is None and tokens.shape == (48, 24)
    assert torch.allclose(tokens, expected[0].float(), atol=1e-2)


def test_a_missing_text_encoder(tmp_path, flux1, capsys):
    folder = shutil.copytree(flux1, tmp_path / "model")
    shutil.rmtree(folder / "text_encoder_2")
    run = tmp_path / "run.json"
    run.write_text(json.dumps(RUN))
    assert main(["encode", "--run", str(run), "--model", str(folder), "--out", str(tmp_path / "x.safetensors")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and "its text encoders cannot be loaded" in said[0]
