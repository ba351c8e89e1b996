"""Whole runs on small bases: what they write, from what they read."""

import json
import math
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel, FlowMatchEulerDiscreteScheduler
from PIL import Image, ImageCms
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel

from direct_align_scale.__main__ import main
from direct_align_scale.adapter import Adapter
from direct_align_scale.base import Base, Folder
from direct_align_scale.frame import Frame
from direct_align_scale.pictures import Pictures
from direct_align_scale.run_file import parse_run_file, shares
from direct_align_scale.text import write_embeddings

from golden import ROOT
from programs import MINI_FLUX, NANO, RUN

EXPORT = "lora/pytorch_lora_weights.safetensors"


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    yield
    AcceleratorState._reset_state()
    PartialState._reset_state()


def trained(tmp_path, run, model=NANO, *more):
    """The folder of a finished run."""
    file, out = tmp_path / "run.json", tmp_path / "out"
    file.write_text(json.dumps({**RUN, **run}))
    assert main(["--run", str(file), "--model", str(model), "--out", str(out), *map(str, more)]) == 0
    return out


def metrics_of(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_what_a_run_writes(tmp_path):
    out = trained(tmp_path, {"steps": 2, "samples": {"every": 2}})
    assert sorted(p.name for p in (out / "samples").iterdir()) == ["step-000000.png", "step-000002.png"]
    assert [p.name for p in (out / "adapters").iterdir()] == ["step-000002.safetensors"]
    assert Image.open(out / "samples/step-000000.png").size == (2 * 48, 2 * 48)
    for number, line in enumerate(metrics_of(out), 1):
        assert set(line) == {
            "step", "plan", "reward", "loss", "sigmaIndex", "sigma", "rewardDenoise", "rewardInversion", "lossDenoise",
            "lossInversion", "saturation", "gradNorm", "positive", "negative", "seconds",
        }  # fmt: skip
        assert line["step"] == number and line["plan"] == {"sigmaIndex": line["sigmaIndex"]}
        assert line["loss"] == pytest.approx(line["lossDenoise"] + line["lossInversion"])
        assert line["reward"] == line["rewardDenoise"] and line["gradNorm"] > 0
    assert [line["negative"] for line in metrics_of(out)] == ["pencil sketch", "flat design"]
    with safe_open(out / EXPORT, "pt") as file:
        about = file.metadata()
        assert all(name.startswith("transformer.") for name in file.keys())
    assert parse_run_file(about["run_file"]) == parse_run_file((out / "run.json").read_bytes())
    assert about["ss_steps"] == "2" and about["base_sha256"] == Folder(NANO).sha256
    config = json.loads(about["lora_adapter_metadata"])
    assert config["transformer.r"] == config["transformer.lora_alpha"] == 4


def test_the_adapter_opens_in_diffusers(tmp_path):
    out = trained(tmp_path, {"steps": 1})
    base = Base(Folder(NANO))
    x = torch.randn(1, base.about.tokens, base.about.channels, generator=torch.Generator().manual_seed(2))
    before = base.velocity(x, 0.8, ["cat face"], 3.5)
    base.transformer.load_lora_adapter(out / EXPORT, prefix="transformer")
    assert not torch.equal(base.velocity(x, 0.8, ["cat face"], 3.5), before)


def test_the_adapter_opens_in_the_studio(tmp_path, capsys):
    out = trained(tmp_path, {"steps": 1, "stop": "hacked"}, MINI_FLUX)
    assert '"stop" is not followed here' in capsys.readouterr().err
    assert json.loads((out / "run.json").read_text())["stop"] == "hacked"
    info = [shutil.which("node"), ROOT / "scripts/studio.mjs", "info", out / EXPORT]
    said = subprocess.run(info, capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 0, said.stderr
    shown = [line.split() for line in said.stdout.splitlines()]
    for line in ["rank", "4"], ["alpha", "4"], ["scale", "1"], ["updates", "1"], ["method", "srpo"]:
        assert line in shown
    assert ["base", "sha256", Folder(MINI_FLUX).sha256] in shown
    assert "another base" not in said.stdout


def test_more_steps_of_a_finished_run(tmp_path):
    out = trained(tmp_path, {"steps": 1})
    assert main(["--run", str(tmp_path / "run.json"), "--model", str(NANO), "--out", str(out), "--resume", "--steps", "2"]) == 0
    assert [line["step"] for line in metrics_of(out)] == [1, 2]


def test_it_learns(tmp_path):
    """From noise that it has not seen, the pictures' reward has grown."""
    run = {"method": "draft", "steps": 6, "prompts": ["cat face"], "reward": {"negative": ["flat design"], "margin": 1}}
    out = trained(tmp_path, run | {"optimizer": {"learningRate": 0.003}}, MINI_FLUX)
    run = parse_run_file((out / "run.json").read_bytes())
    base = Base(Folder(MINI_FLUX))
    base.open_rewards(shares(run))
    base.adapter = Adapter(base.transformer, run)
    noise = torch.randn(4, base.about.tokens, base.about.channels, generator=torch.Generator().manual_seed(9))

    def reward():
        frame = Frame(base, run, ["cat face"] * 4, ("3d render", "flat design"), noise)
        with torch.no_grad():
            frame.loss(frame.rollout()[-1], slice(0, 4))
        return frame.mean_reward()

    before = reward()
    base.adapter.load(base.adapter.from_file(load_file(out / EXPORT), "the adapter"))
    assert reward() > before + 0.02


def picture(path, color, size=(70, 90), **more):
    Image.new("RGBA" if len(color) == 4 else "RGB", size, color).save(path, **more)


def test_pictures_and_their_captions(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture(folder / "a.png", (255, 0, 0, 0))
    picture(folder / "red_apple-2.jpg", (200, 10, 10))
    (folder / "a.txt").write_text("a clear picture\n")
    picture(folder / "b.webp", (0, 0, 255))
    (folder / "metadata.jsonl").write_text('{"file_name": "b.webp", "text": "a blue one"}\n')
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / ".hidden.png").write_bytes(b"no picture")
    # What a file is is told by its content; a JPEG that is cut short is found before it is drawn.
    picture(folder / "d", (0, 255, 0), format="PNG")
    Image.new("RGB", (8, 8)).save(folder / "e.png", format="GIF")
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "f.jpg")
    (folder / "f.jpg").write_bytes((folder / "f.jpg").read_bytes()[:1500])
    picture(folder / "g.png", (9, 9, 9))
    (folder / "g.txt").write_bytes(b"\xff")
    Image.fromarray(np.full((8, 8), 32768, np.uint16)).save(folder / "h.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(np.repeat(np.uint8([[[255] * 3], [[0] * 3]]), 64, 1).repeat(32, 0)).save(folder / "c.png", exif=turned)
    pictures = Pictures(folder)
    assert pictures.captions == ["a clear picture", "a blue one", "c", "d", "h", "red apple 2"]
    assert pictures.skipped == ["broken.png", "e.png", "f.jpg", "g.png", "g.txt"]
    # Transparent is white; the upper half of `c` lies on the right once it is turned.
    assert pictures.open(0, 64, 64).min() == 1
    assert pictures.open(4, 64, 64).mean() == pytest.approx(0.5, abs=0.01)
    right = pictures.open(2, 64, 64)
    assert right[:, :, 40:].min() > 0.9 and right[:, :, :24].max() < 0.1

    out = trained(tmp_path, {"images": str(folder), "steps": 2})
    for line in metrics_of(out):
        assert len(set(line["plan"]["pictures"])) == 2 and max(line["plan"]["pictures"]) < 6
    assert "5 files cannot be read and are skipped: broken.png" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_colour_profile(tmp_path, mode):
    """sRGB's own, red and green exchanged."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"none").replace(b"gXYZ", b"rXYZ").replace(b"none", b"gXYZ")
    for name, profile in ("a", srgb), ("b", exchanged), ("c", b"no profile"):
        Image.new(mode, (8, 8), (255, 0, 0, 255)[: len(mode)]).save(tmp_path / f"{name}.png", icc_profile=profile)
    pictures = Pictures(tmp_path)
    colours = [pictures.open(i, 8, 8)[:, 4, 4].tolist() for i in range(3)]
    assert colours == [pytest.approx(wanted, abs=0.02) for wanted in ([1, 0, 0], [0, 1, 0], [1, 0, 0])]


@pytest.mark.parametrize("damage", ["a tensor less", "cut short", "another size"])
def test_damaged_weights(tmp_path, capsys, damage):
    model = shutil.copytree(NANO, tmp_path / "model")
    file = model / "transformer/diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    if damage == "a tensor less":
        save_file({name: t for name, t in tensors.items() if name != "x_embedder.weight"}, file)
    elif damage == "another size":
        save_file({**tensors, "x_embedder.weight": tensors["x_embedder.weight"][:, :-1].contiguous()}, file)
    else:
        file.write_bytes(file.read_bytes()[:-100])
    run = tmp_path / "run.json"
    run.write_text(json.dumps(RUN))
    assert main(["--run", str(run), "--model", str(model), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith(f"{model}/transformer")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("a tensor less", "clip: the weights have no vision_model.encoder.layers.0.self_attn.q_proj.weight, which config.json asks for"),
        ("another size", "vision_model.encoder.layers.0.self_attn.q_proj.weight is [31, 32], expected [32, 32] by config.json"),
        ("another projection", "text_projection.safetensors: its weight is [16, 33], expected [16, 32]: another base's"),
        ("another head", 'reward "aesthetic" cannot be used: '),
        ("no number", 'reward "aesthetic" gives nan for a grey picture; its files are damaged'),
    ],
)
def test_damaged_reward(tmp_path, capsys, monkeypatch, damage, sentence):
    """Named before the transformer's weights are read, which are the most."""
    model = shutil.copytree(NANO, tmp_path / "model")
    head, projection = model / "rewards/aesthetic/head.safetensors", model / "rewards/clip/text_projection.safetensors"
    if damage == "another projection":
        save_file({"text_projection.weight": torch.zeros(16, 33)}, projection)
    elif damage == "another head":
        save_file({name: t[..., :-1].contiguous() if t.ndim > 1 else t for name, t in load_file(head).items()}, head)
    elif damage == "no number":
        save_file({name: t * math.nan for name, t in load_file(head).items()}, head)
    else:
        tensors = load_file(model / "rewards/clip/model.safetensors")
        weight = tensors.pop("vision_model.encoder.layers.0.self_attn.q_proj.weight")
        if damage == "another size":
            tensors["vision_model.encoder.layers.0.self_attn.q_proj.weight"] = weight[:-1].contiguous()
        save_file(tensors, model / "rewards/clip/model.safetensors", {"format": "pt"})

    def load(*_, **__):
        raise AssertionError("the transformer was read")

    monkeypatch.setattr("diffusers.FluxTransformer2DModel.from_pretrained", load)
    run = tmp_path / "run.json"
    run.write_text(json.dumps({**RUN, "reward": {"model": {"clip": 1, "aesthetic": 1}}}))
    assert main(["--run", str(run), "--model", str(model), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and sentence in said[0], said


def resumed(capsys, tmp_path, *more):
    """What a resume of the run in tmp_path/out says is wrong."""
    capsys.readouterr()
    AcceleratorState._reset_state()
    PartialState._reset_state()
    given = ["--run", tmp_path / "run.json", "--out", tmp_path / "out", "--resume", "--steps", "3", *more]
    assert main([str(part) for part in given]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_damaged_checkpoints(tmp_path, capsys):
    """The newest is named, nothing is lost, and without it the run goes on from the one before to the same bytes."""
    out = trained(tmp_path, {"steps": 2})
    newest, before = (out / "checkpoints" / name for name in ("step-000002", "step-000001"))
    state, lines = newest / "custom_checkpoint_0.pkl", (out / "metrics.jsonl").read_bytes()
    whole = state.read_bytes()
    shutil.copytree(before, out / "checkpoints/step-000009.old")
    for half in whole[:200], whole[:-100], b"":
        state.write_bytes(half)
        said = resumed(capsys, tmp_path, "--model", NANO)
        assert f"{newest}: cannot be read (" in said and "remove this folder, and --resume goes on after step-000001" in said
    state.unlink()
    assert f"{newest}: cannot be read (" in resumed(capsys, tmp_path, "--model", NANO)
    assert (out / "metrics.jsonl").read_bytes() == lines
    bytes_of = lambda: (out / EXPORT).read_bytes()  # noqa: E731
    left = bytes_of()
    shutil.rmtree(newest)
    AcceleratorState._reset_state()
    PartialState._reset_state()
    assert main(["--run", str(tmp_path / "run.json"), "--model", str(NANO), "--out", str(out), "--resume"]) == 0
    assert bytes_of() == left and [line["step"] for line in metrics_of(out)] == [1, 2]


def test_a_resume_with_something_else(tmp_path, capsys):
    out = trained(tmp_path, {"steps": 1})
    lines = (out / "metrics.jsonl").read_bytes()
    assert "--size: the run was begun with 48x48" in resumed(capsys, tmp_path, "--model", NANO, "--size", "32x32")
    # A base of the same shape, of which one number differs.
    model = shutil.copytree(NANO, tmp_path / "model")
    file = model / "transformer/diffusion_pytorch_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert "--model: the run was begun with another base" in resumed(capsys, tmp_path, "--model", model)
    words = [{"step": 0, "positive": ["3d render"], "negative": ["pencil sketch", "flat design"]}]
    run = tmp_path / "run.json"
    for change, key in ({"seed": 8}, "seed"), ({"wordHistory": words}, "wordHistory"), ({"stop": "hacked"}, "stop"):
        run.write_text(json.dumps({**RUN, "steps": 1, **change}))
        assert f'--resume: "{key}" differs from' in resumed(capsys, tmp_path, "--model", NANO)
    # And a run of the studio's own program, whose metrics a new beginning would cut off.
    run.write_text(json.dumps({**RUN, "steps": 1}))
    shutil.rmtree(out / "checkpoints")
    assert "holds no checkpoints, so it is no run of this program" in resumed(capsys, tmp_path, "--model", NANO)
    assert (out / "metrics.jsonl").read_bytes() == lines


def test_a_full_disk(tmp_path, capsys, monkeypatch):
    """One sentence; the run goes on from the checkpoint before."""
    from accelerate import Accelerator

    out = trained(tmp_path, {"steps": 1})

    def full(self, path):
        (Path(path) / "half").touch()
        raise RuntimeError("[enforce fail at inline_container.cc] . PytorchStreamWriter failed writing file data/0")

    with monkeypatch.context() as patched:
        patched.setattr(Accelerator, "save_state", full)
        said = resumed(capsys, tmp_path, "--model", NANO)
        assert "partial-000002: cannot be written (" in said and "make room and go on with --resume" in said
        assert [p.name for p in (out / "checkpoints").iterdir()] == ["step-000001"]

        def no_room(self, line):
            raise OSError(28, "No space left on device", str(out / "metrics.jsonl"))

        patched.setattr("direct_align_scale.out.Out.append", no_room)
        assert resumed(capsys, tmp_path, "--model", NANO).endswith("metrics.jsonl: the disk is full; make room and go on with --resume.")
    AcceleratorState._reset_state()
    PartialState._reset_state()
    assert main(["--run", str(tmp_path / "run.json"), "--model", str(NANO), "--out", str(out), "--resume", "--steps", "2"]) == 0
    assert [line["step"] for line in metrics_of(out)] == [1, 2]


def test_other_pictures_on_resume(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture(folder / "a.png", (255, 0, 0))
    out = trained(tmp_path, {"images": str(folder), "steps": 1})
    (folder / "a.txt").write_text("another caption")
    again = ["--run", tmp_path / "run.json", "--model", NANO, "--out", out, "--resume", "--steps", "2"]
    assert main(list(map(str, again))) == 1
    assert "not the pictures that the run was begun with" in capsys.readouterr().err


def test_texts_are_kept_for_the_last_prompts_alone(monkeypatch):
    base = Base(Folder(NANO))
    monkeypatch.setattr(base.text, "MOST", 2)
    asked = []
    encode = base.text.encoder.encode
    monkeypatch.setattr(base.text.encoder, "encode", lambda texts: asked.extend(texts) or encode(texts))
    first = base.text.states(["a", "b", "a"])[0]
    assert torch.equal(first[0], first[2])
    base.text.states(["c"])
    base.text.states(["b", "c"])
    assert torch.equal(base.text.states(["a"])[0], first[:1])
    assert asked == ["a", "b", "c", "a"]


def test_latents_of_a_picture_are_its_picture_again():
    """Packing and scaling of the encoder are the inverse of the decoder's: what remains is the autoencoder's own error."""
    base = Base(Folder(NANO))
    x = torch.randn(1, base.about.tokens, base.about.channels, generator=torch.Generator().manual_seed(1))
    image = base.decode(x)
    raw = base.vae.encode(image * 2 - 1).latents
    rows, columns = base.about.grid
    packed = base.encode(image).view(1, rows, columns, -1, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(raw.shape)
    scaled = (raw - (base.vae.config.shift_factor or 0)) * base.vae.config.scaling_factor
    assert torch.allclose(packed, scaled, atol=1e-6)


def test_an_embeddings_file_stands_for_the_text_encoder(tmp_path):
    file, run = tmp_path / "embeddings.safetensors", tmp_path / "run.json"
    run.write_text(json.dumps({**RUN, "steps": 1}))
    assert main(["encode", "--run", str(run), "--model", str(NANO), "--out", str(file)]) == 0
    own = metrics_of(trained(tmp_path, {"steps": 1}))[0]
    AcceleratorState._reset_state()
    PartialState._reset_state()
    read = metrics_of(trained(tmp_path, {"steps": 1}, NANO, "--force", "--embeddings", file))[0]
    # It holds f16.
    assert read["reward"] == pytest.approx(own["reward"], abs=1e-3)
    assert read["gradNorm"] == pytest.approx(own["gradNorm"], rel=1e-2)


def test_a_tracker_gets_the_metrics(tmp_path):
    """accelerate's TensorBoard, through tensorboardX: the run file once, every number of every update."""
    from tensorboardX.proto.event_pb2 import Event

    out = trained(tmp_path, {"steps": 2}, NANO, "--log-with", "tensorboard")
    logged = {}
    for file in (out / "direct-align").glob("events.*"):
        for record in records(file.read_bytes()):
            event = Event.FromString(record)
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    logged.setdefault(event.step, {})[value.tag] = value.simple_value
    for line in metrics_of(out):
        numbers = {name: value for name, value in line.items() if isinstance(value, int | float) and name != "step"}
        assert numbers.keys() <= logged[line["step"]].keys()
        for name, value in numbers.items():
            assert logged[line["step"]][name] == pytest.approx(value, rel=1e-6)
    (settings,) = (out / "direct-align").glob("*/hparams.yml")
    assert "optimizer.learningRate: 0.001" in settings.read_text()


def records(data):
    """The records of an events file: length, a checksum of it, the record, a checksum."""
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        yield data[at + 12 : at + 12 + length]
        at += 16 + length


def clip_folder(path):
    """A CLIPModel of nothing, with a tokenizer of letters."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tiny = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 1, "projection_dim": 8}
    letters = {c: i for i, c in enumerate(["[PAD]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz0123456789.", "[END]"])}
    text = {**tiny, "vocab_size": len(letters), "max_position_embeddings": 24, "eos_token_id": len(letters) - 1}
    torch.manual_seed(5)
    CLIPModel(
        CLIPConfig(text_config=text, vision_config={**tiny, "image_size": 32, "patch_size": 8}, projection_dim=8)
    ).save_pretrained(path)
    tokenizer = Tokenizer(models.WordLevel(letters, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    from tokenizers.processors import TemplateProcessing

    tokenizer.post_processor = TemplateProcessing(single="$A [END]", special_tokens=[("[END]", len(letters) - 1)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", eos_token="[END]").save_pretrained(path)


def laion_folder(path, backbone, width):
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"backbone": backbone}))
    sizes, generator = [width, 6, 5, 4, 3, 1], torch.Generator().manual_seed(4)
    head = {}
    for i, place in enumerate((0, 2, 4, 6, 7)):
        head[f"layers.{place}.weight"] = torch.randn(sizes[i + 1], sizes[i], generator=generator)
        head[f"layers.{place}.bias"] = torch.randn(sizes[i + 1], generator=generator)
    save_file(head, path / "head.safetensors")


@pytest.fixture(scope="module")
def klein(tmp_path_factory):
    """A base of FLUX.2 [klein]'s classes, of nothing, with an embeddings file and real rewards' kinds of folder."""
    folder = tmp_path_factory.mktemp("klein")
    torch.manual_seed(7)
    Flux2Transformer2DModel(
        num_layers=1, num_single_layers=2, num_attention_heads=2, attention_head_dim=16, joint_attention_dim=12, in_channels=16,
        axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False,
    ).save_pretrained(folder / "transformer")  # fmt: skip
    AutoencoderKLFlux2(
        block_out_channels=[8, 8], down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=32,
    ).save_pretrained(folder / "vae")  # fmt: skip
    FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0).save_pretrained(folder / "scheduler")
    texts = [*RUN["prompts"], ""]
    generator = torch.Generator().manual_seed(8)
    # Texts of different lengths, as `encode` cuts them.
    write_embeddings(
        folder / "embeddings.safetensors",
        {text: (torch.randn(3 + i, 12, generator=generator), None) for i, text in enumerate(texts)},
    )
    clip_folder(folder / "rewards/hpsv2.1")
    clip_folder(folder / "rewards/pickscore")
    laion_folder(folder / "rewards/laion", "hpsv2.1", 8)
    return folder


@pytest.mark.parametrize("method", ["srpo", "flowbp"])
def test_a_klein_shaped_base_with_real_rewards_folders(tmp_path, klein, method):
    reward = {"model": {"hpsv2.1": 1, "pickscore": 0.5, "laion": 0.1}, "margin": 20}
    run = {"method": method, "steps": 2, "reward": reward, "lora": {"rank": 2, "targets": ["to_qkv_mlp_proj", "attn.to_out"]}}
    out = trained(tmp_path, run, klein, "--size", "32x64", "--rows", "1")
    for line in metrics_of(out):
        assert all(math.isfinite(v) for v in line.values() if isinstance(v, float)) and line["gradNorm"] > 0
    model = Flux2Transformer2DModel.from_pretrained(klein / "transformer")
    model.load_lora_adapter(out / EXPORT, prefix="transformer")
    assert Image.open(out / "samples/step-000002.png").size == (2 * 32, 2 * 64)


def test_scale_of_pick_score(klein):
    """PickScore's cosine is × exp(logit_scale)/20, HPSv2.1's is plain."""
    base = Base(Folder(klein, (32, 32)))
    base.open_rewards({"hpsv2.1": 1, "pickscore": 1})
    image = torch.rand(2, 3, 40, 32, generator=torch.Generator().manual_seed(1))
    scores = base.rewards.scores(image, ["cat face", "penguin"], ("3d render", "flat"), "relative", 0.2, False)
    scale = CLIPModel.from_pretrained(klein / "rewards/pickscore").logit_scale.exp().item() / 20
    assert torch.allclose(scores["pickscore"], scale * scores["hpsv2.1"], rtol=1e-5)


def test_what_a_rewards_config_says_of_its_score(tmp_path, klein):
    """Counts before the folder's name, as in the studio."""
    model = shutil.copytree(klein, tmp_path / "model")
    for name, score in ("hpsv2.1", "pickscore"), ("pickscore", "cosine"):
        config = model / "rewards" / name / "config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "score": score}))
    base = Base(Folder(model, (32, 32)))
    base.open_rewards({"hpsv2.1": 1, "pickscore": 1})
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    scores = base.rewards.scores(image, ["cat face"], ("3d render", "flat"), "prompt", 0, False)
    scale = CLIPModel.from_pretrained(klein / "rewards/pickscore").logit_scale.exp().item() / 20
    assert torch.allclose(scores["hpsv2.1"], scale * scores["pickscore"], rtol=1e-5)


def test_flux2_latents_are_those_of_diffusers_pipeline(klein):
    """Unpacked, with the batch norm's statistics, as Flux2KleinPipeline has them."""
    from diffusers import Flux2KleinPipeline

    base = Base(Folder(klein, (32, 64)))
    base.vae.bn.running_mean.copy_(torch.linspace(-1, 1, 16))
    base.vae.bn.running_var.copy_(torch.linspace(0.5, 2, 16))
    x = torch.randn(2, base.about.tokens, 16, generator=torch.Generator().manual_seed(1))
    rows, columns = base.about.grid
    latents = x.permute(0, 2, 1).reshape(2, 16, rows, columns)
    deviation = torch.sqrt(base.vae.bn.running_var.view(1, -1, 1, 1) + base.vae.config.batch_norm_eps)
    latents = latents * deviation + base.vae.bn.running_mean.view(1, -1, 1, 1)
    expected = base.vae.decode(Flux2KleinPipeline._unpatchify_latents(latents)).sample / 2 + 0.5
    assert torch.allclose(base.decode(x), expected.clamp(0, 1), atol=1e-6)
    assert torch.equal(base._image_ids[None], Flux2KleinPipeline._prepare_latent_ids(latents)[:1].float())
    assert torch.equal(base._text_ids(5)[None], Flux2KleinPipeline._prepare_text_ids(torch.zeros(1, 5, 12))[:1].float())


def test_noise_levels_are_those_of_diffusers():
    """Static and both dynamic shifts, against the scheduler as the pipelines use it."""
    from diffusers.pipelines.flux.pipeline_flux import calculate_shift
    from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

    from direct_align_scale.schedule import sigmas

    for steps, tokens in (5, 1024), (28, 4096):
        grid = np.linspace(1.0, 1 / steps, steps)
        static = FlowMatchEulerDiscreteScheduler(shift=3.0)
        static.set_timesteps(steps, sigmas=list(grid))
        assert np.allclose(sigmas(static.config, steps, tokens), static.sigmas, atol=1e-6)
        dynamic = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15)
        for is_flux2 in (False, True):
            mu = compute_empirical_mu(tokens, steps) if is_flux2 else calculate_shift(tokens)
            dynamic.set_timesteps(sigmas=list(grid), mu=mu)
            assert np.allclose(sigmas(dynamic.config, steps, tokens, is_flux2), dynamic.sigmas, atol=1e-6)
