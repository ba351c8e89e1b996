"""What is wrong gets one sentence, before a weight is read."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from direct_align_scale import __main__, probe, trainer
from direct_align_scale.__main__ import main
from direct_align_scale.text import write_embeddings

from golden import GOLDEN
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
    return said(capsys, ["--run", file, "--model", model, "--out", tmp_path / "out", *more])


def said(capsys, arguments):
    """The one line on the terminal."""
    code = main([str(argument) for argument in arguments])
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
    assert "holds no PNG, JPEG or WebP that can be read" in said


def test_existing_results(capsys, tmp_path, model):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/metrics.jsonl").touch()
    assert "go on with --resume or begin anew with --force" in complaint(capsys, tmp_path, model)


def test_nothing_to_resume(capsys, tmp_path, model):
    assert "holds no run to resume" in complaint(capsys, tmp_path, model, None, "--resume")


def test_target_of_no_linear(capsys, tmp_path, model):
    said = complaint(capsys, tmp_path, model, {"lora": {"targets": ["attn.to_nothing"]}})
    assert 'The LoRA target "attn.to_nothing" matches no linear' in said


WIDTH, TEXTS = 32, [*RUN["prompts"], *(f"{word}. {prompt}" for word in ("3d render", "pencil sketch", "flat design") for prompt in RUN["prompts"])]


@pytest.mark.parametrize(
    ("tokens", "pooled", "sentence"),
    [
        ((4, WIDTH + 8), WIDTH, "has tokens [4, 40] and pooled [32], and the transformer reads tokens [n, 32] and pooled [32]"),
        ((0, WIDTH), WIDTH, "has tokens [0, 32]"),
        ((WIDTH,), WIDTH, "has tokens [32]"),
        ((4, WIDTH), 33, "and pooled [33], and the transformer reads"),
        ((4, WIDTH), None, "and pooled none, and the transformer reads"),
    ],
)
def test_embeddings_of_another_base(capsys, tmp_path, model, tokens, pooled, sentence):
    file = tmp_path / "embeddings.safetensors"
    one = (torch.zeros(tokens), None if pooled is None else torch.zeros(pooled))
    write_embeddings(file, {text: one for text in TEXTS})
    assert sentence in complaint(capsys, tmp_path, model, None, "--embeddings", file)


def test_embeddings_that_are_not_finite(capsys, tmp_path, model):
    file = tmp_path / "embeddings.safetensors"
    encoded = {text: (torch.zeros(4, WIDTH), torch.zeros(WIDTH)) for text in TEXTS}
    encoded[TEXTS[1]][1][3] = torch.inf
    write_embeddings(file, encoded)
    said = complaint(capsys, tmp_path, model, None, "--embeddings", file)
    assert f'pooled.1, of "{TEXTS[1]}", holds numbers that are not finite' in said


def changed(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


CONFIG, VAE, CLIP = "transformer/config.json", "vae/config.json", "rewards/clip"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda m: (m / CONFIG).write_text("[]"), "transformer/config.json: is no object"),
        (lambda m: (m / VAE).write_bytes(b"\xff"), "vae/config.json: is not JSON"),
        (lambda m: (m / "bundle.json").write_text("[]"), "bundle.json: is no object"),
        (lambda m: (m / "bundle.json").unlink(), 'bundle.json: names no "text.max_length"'),
        (lambda m: changed(m / "bundle.json", image=None), 'bundle.json: "image" is no object'),
        (lambda m: changed(m / "bundle.json", image={"width": "wide"}), "side is wide, expected a multiple of 16"),
        (lambda m: changed(m / "scheduler/scheduler_config.json", shift="much"), "scheduler: the config cannot be used"),
        (lambda m: changed(m / CONFIG, num_attention_heads="two"), "transformer: the config cannot be used"),
        (lambda m: changed(m / CONFIG, axes_dims_rope=[2, 2, 2]), "transformer: the config's sizes do not fit one another"),
        (lambda m: changed(m / CONFIG, in_channels=32), "vae: does not take the transformer's latents"),
        (lambda m: cut(m / "transformer/diffusion_pytorch_model.safetensors"), "is no whole .safetensors file"),
        (lambda m: (m / "transformer/diffusion_pytorch_model.safetensors.index.json").write_text("{}"), 'has no "weight_map"'),
        (lambda m: cut(m / CLIP / "model.safetensors"), "clip/model.safetensors: is no whole .safetensors file"),
        (lambda m: (m / CLIP / "config.json").write_text("[]"), "clip/config.json: is no object"),
        (lambda m: changed(m / CLIP / "config.json", score="hps"), """"score" is 'hps', expected "cosine" or "pickscore\""""),
    ],
)
def test_damaged_base(capsys, tmp_path, model, damage, sentence):
    damage(model)
    assert sentence in complaint(capsys, tmp_path, model)


@pytest.mark.parametrize(
    ("backbone", "sentence"),
    [
        ("nothing", 'there is no reward "nothing"'),
        ("aesthetic", '"backbone" is "aesthetic", which is a head itself'),
        (5, '"backbone" is no name of a reward'),
    ],
)
def test_a_head_on_nothing(capsys, tmp_path, model, backbone, sentence):
    changed(model / "rewards/aesthetic/config.json", backbone=backbone)
    assert sentence in complaint(capsys, tmp_path, model, {"method": "direct-align", "reward": {"model": "aesthetic"}})


def test_results_that_cannot_be_written(capsys, tmp_path, model):
    (tmp_path / "file").touch()
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    for out in "file", "file/out":
        line = said(capsys, ["--run", tmp_path / "run.json", "--model", model, "--out", tmp_path / out])
        assert "cannot be written (" in line and "name another folder with --out" in line


def test_too_little_disk(capsys, tmp_path, model, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    assert "are free: make room" in complaint(capsys, tmp_path, model)


def test_too_little_memory_beside_the_gpu(capsys, tmp_path, model, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda device: (2**40, 2**40))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))
    monkeypatch.delenv("ACCELERATE_USE_CPU", raising=False)
    assert "reads the transformer's" in complaint(capsys, tmp_path, model)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--memory", "nan"], "Argument --memory: expected a number above 0; --help lists the options."),
        (["--rows", "0"], "Argument --rows: expected a whole number from 1"),
        (["--steps", "200000"], '"steps" is 200000, expected a whole number from 1 to 100000'),
        (["--size", "50x50"], "side is 50, expected a multiple of 16 pixels"),
        (["--shard"], "--shard spreads the transformer over processes, but there is one"),
        (["--log-with", "paper"], "--log-with paper: is no tracker of accelerate's, expected one of all,"),
        (["--log-with", "dvclive"], "--log-with dvclive: its package is not installed here"),
        (["--lora", "{here}/nothing"], "nothing: there is no such file."),
        (["--lora", "{here}/damaged"], "damaged: is no whole .safetensors file"),
        (["--lora", "{here}/other"], "lora_A.weight has shape [5, 32], expected [4, 32]: another rank or base"),
        (["--spread"], "Unrecognized arguments: --spread; --help lists the options."),
    ],
)
def test_options(capsys, tmp_path, model, more, sentence):
    (tmp_path / "damaged").write_bytes(b"no tensors")
    lora = load_file(GOLDEN / "nft-nano/lora.safetensors")
    wide = {name: t.repeat(2, 1)[:5] if name.endswith("A.weight") else t for name, t in lora.items()}
    save_file({name: t.contiguous() for name, t in wide.items()}, tmp_path / "other")
    assert sentence in complaint(capsys, tmp_path, model, None, *(part.format(here=tmp_path) for part in more))


def test_a_process_that_is_not_the_first_speaks_too(capsys, tmp_path, model, monkeypatch):
    """Later: where the first says the same, the launcher has ended the others by then."""
    waited = []
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr("time.sleep", waited.append)
    assert complaint(capsys, tmp_path, tmp_path / "nothing").startswith("Process 1: ") and waited == [__main__.ENDED]


@pytest.fixture
def probing(tmp_path, model):
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    save_file({"noise": torch.zeros(2, 3, 64)}, tmp_path / "noise.safetensors")
    (tmp_path / "plan.json").write_text("[]")
    return ["probe", "--run", tmp_path / "run.json", "--model", model, "--out", tmp_path / "probe.safetensors"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "One of the arguments --sigma-index --plan is required"),
        (["--sigma-index", "5"], '"noise" is [2, 3, 64], expected [n, 9, 64]'),
        (["--plan", "{here}/nothing"], "nothing: cannot be read (No such file or directory)"),
        (["--plan", "{here}/plan.json"], "plan.json: is no object; expected a plan of metrics.jsonl"),
    ],
)
def test_probe(capsys, tmp_path, probing, more, sentence):
    more = [part.format(here=tmp_path) for part in more]
    assert sentence in said(capsys, [*probing, "--noise", tmp_path / "noise.safetensors", *more])


def test_encode_on_no_device(capsys, tmp_path, model):
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    given = ["encode", "--run", tmp_path / "run.json", "--model", model, "--out", tmp_path / "x", "--device", "abacus"]
    assert "--device abacus: cannot be used here" in said(capsys, given)
