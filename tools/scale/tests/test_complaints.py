"""What is wrong gets one sentence, before a weight is read."""

import json
import shutil

import pytest

from direct_align_scale import probe, trainer
from direct_align_scale.__main__ import main
from direct_align_scale.text import write_embeddings

from programs import NANO, RUN


@pytest.fixture
def model(tmp_path):
    return shutil.copytree(NANO, tmp_path / "model")


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch):
    def load(*_, **__):
        raise AssertionError("a weight was read")

    monkeypatch.setattr(probe, "Base", load)
    monkeypatch.setattr(trainer, "Base", load)


def complaint(capsys, tmp_path, model, run=None, *more):
    file = tmp_path / "run.json"
    file.write_text(json.dumps({**RUN, **(run or {})}))
    code = main(["--run", str(file), "--model", str(model), "--out", str(tmp_path / "out"), *more])
    lines = capsys.readouterr().err.splitlines()
    assert code == 1 and len(lines) == 1, lines
    return lines[0]


def test_missing_weights(capsys, tmp_path, model):
    (model / "transformer/diffusion_pytorch_model.safetensors").unlink()
    said = complaint(capsys, tmp_path, model)
    assert "transformer: has no diffusion_pytorch_model.safetensors, the weights of the base" in said


def test_missing_shard(capsys, tmp_path, model):
    index = {"weight_map": {"a": "diffusion_pytorch_model-00001-of-00002.safetensors"}}
    (model / "transformer/diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    assert "has no diffusion_pytorch_model-00001-of-00002.safetensors" in complaint(capsys, tmp_path, model)


def test_no_such_model(capsys, tmp_path):
    assert "there is no such folder" in complaint(capsys, tmp_path, tmp_path / "nothing")


def test_another_model(capsys, tmp_path, model):
    (model / "transformer/config.json").write_text('{"_class_name": "SD3Transformer2DModel"}')
    assert "describes SD3Transformer2DModel, expected one of FluxTransformer2DModel" in complaint(capsys, tmp_path, model)


def test_another_decoder(capsys, tmp_path, model):
    config = json.loads((model / "vae/config.json").read_text())
    (model / "vae/config.json").write_text(json.dumps(config | {"use_midblock_gn": True}))
    assert '"use_midblock_gn" is of TAEF2, which diffusers does not have' in complaint(capsys, tmp_path, model)


def test_no_such_reward(capsys, tmp_path, model):
    said = complaint(capsys, tmp_path, model, {"reward": {"model": "hpsv2"}})
    assert 'there is no reward "hpsv2"' in said and "there are " in said and "clip" in said


def test_wrong_reward_folder(capsys, tmp_path, model):
    (model / "rewards/clip/config.json").write_text('{"architectures": ["BertModel"]}')
    said = complaint(capsys, tmp_path, model)
    assert "describes BertModel, expected CLIPVisionModelWithProjection, CLIPModel, or a head" in said


def test_reward_without_its_projection(capsys, tmp_path, model):
    (model / "rewards/clip/text_projection.safetensors").unlink()
    assert 'has no text_projection.safetensors, which reward "clip" needs' in complaint(capsys, tmp_path, model)


def test_too_little_memory(capsys, tmp_path, model):
    said = complaint(capsys, tmp_path, model, {"batch": 64}, "--memory", "0.001")
    assert said.startswith("A process needs about ") and "GiB and has 0.001" in said and "--rows 1" in said


def test_no_text_encoder(capsys, tmp_path, model):
    shutil.rmtree(model / "text_encoder")
    assert "has no text_encoder/model.onnx, so its prompts are to be encoded before" in complaint(capsys, tmp_path, model)


def test_embeddings_of_other_prompts(capsys, tmp_path, model):
    import torch

    file = tmp_path / "embeddings.safetensors"
    write_embeddings(file, {"cat face": (torch.zeros(16, 8), torch.zeros(8))})
    said = complaint(capsys, tmp_path, model, None, "--embeddings", str(file))
    assert 'holds no embedding of "red apple"' in said


def test_batch_of_other_size_than_the_processes(capsys, tmp_path, model, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert '"batch" is 2, expected a multiple of the 4 processes' in complaint(capsys, tmp_path, model)


def test_no_pictures(capsys, tmp_path, model):
    (tmp_path / "empty").mkdir()
    said = complaint(capsys, tmp_path, model, {"images": str(tmp_path / "empty")})
    assert "holds no picture that can be read" in said


def test_existing_results(capsys, tmp_path, model):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/metrics.jsonl").touch()
    assert "go on with --resume or begin anew with --force" in complaint(capsys, tmp_path, model)


def test_nothing_to_resume(capsys, tmp_path, model):
    assert "holds no run to resume" in complaint(capsys, tmp_path, model, None, "--resume")


def test_target_of_no_linear(capsys, tmp_path, model):
    said = complaint(capsys, tmp_path, model, {"lora": {"targets": ["attn.to_nothing"]}})
    assert 'The LoRA target "attn.to_nothing" matches no linear' in said
