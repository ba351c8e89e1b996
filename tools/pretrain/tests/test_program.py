"""The program: a whole bundle at a toy's budget, accepted by the studio's program; sentences for what is wrong."""

import json
import os
import shutil
import subprocess
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

from direct_align_pretrain import training
from direct_align_pretrain.__main__ import main
from direct_align_pretrain.config import changed, scaled, tiny
from direct_align_pretrain.stages import STAGES, assemble, distillation, judge, transformer
from direct_align_pretrain.styles import IDS
from direct_align_pretrain.work import Work

from elsewhere import DEVICE, Elsewhere, There

ROOT = Path(__file__).parents[3]
SETTINGS = ["pictures.words=3", "pictures.others=2", "judge.steps=6"]
TOY = ["--tiny", "--budget", "0.01", "--device", "cpu", "--set", *SETTINGS]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("pretrain") / "out"
    assert main(["--out", str(out), *TOY]) == 0
    return out


def said(capsys):
    """The one line on stderr."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_every_file_is_listed(made):
    bundle = made / "bundle"
    about = json.loads((bundle / "bundle.json").read_text())
    there = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}
    assert set(about["files"]) == there - {"bundle.json"}
    shipped = json.loads((ROOT / "public/bundles/mini-flux/bundle.json").read_text())
    # What `perceive` found of the shipped rewards is measured by the studio, not trained.
    measured = {shipped["perception"]}
    assert set(about) == set(shipped) - {"perception"} and set(about["files"]) == set(shipped["files"]) - measured


def test_the_judges_files(made):
    folder, shipped = made / "bundle/judge", ROOT / "public/bundles/mini-flux/judge"
    labels, real = (json.loads((folder / name).read_text()) for name in ("labels.json", "real.json"))
    assert [s["id"] for s in labels["styles"]] == list(IDS) == list(real["styles"])
    assert labels["concepts"] == ["cat face", "ghost", "rose", "something else"]
    like = json.loads((shipped / "real.json").read_text())["styles"]["3d"]
    for style in real["styles"].values():
        assert {k: set(v) for k, v in style.items()} == {k: set(v) for k, v in like.items()}
        assert style["original"]["pictures"] == 3
    assert real["styles"]["mono"]["original"]["saturation"]["mean"] == 0
    # The file says what the trained network says.
    work = Work(changed(scaled(tiny(), 0.01), SETTINGS), made, device="cpu", quiet=True)
    network, x = work.load("judge", judge.network(work)), torch.rand(3, 3, 128, 128)
    work.folder.close()
    session = onnxruntime.InferenceSession(folder / "judge.onnx", providers=["CPUExecutionProvider"])
    for name, mine, theirs in zip(
        ("style", "concept", "quality", "embedding"), network(x), session.run(None, {"image": x.numpy()})
    ):
        assert np.allclose(mine.numpy(), theirs, atol=1e-4), name


def test_the_studio_trains_on_it(made, tmp_path):
    run = {
        "version": 1, "bundle": "tiny-flux", "steps": 1, "batch": 1, "prompts": ["cat face"], "rollout": {"steps": 2},
        "timesteps": {"count": 20, "step": 2}, "lora": {"rank": 2}, "samples": {"prompts": ["rose"]},
        "reward": {"model": {"clip": 1, "preference": 1, "aesthetic": 1}},
    }  # fmt: skip
    (tmp_path / "run.json").write_text(json.dumps(run))
    options = {"--bundle": made / "bundle", "--run": tmp_path / "run.json", "--out": tmp_path / "run"}
    command = ["node", "scripts/studio.mjs", "align", *(str(part) for pair in options.items() for part in pair)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    metrics = json.loads(line)
    # The judge has looked at the samples; the LoRA has moved.
    assert metrics["step"] == 1 and metrics["namedRight"] in (0, 1) and metrics["gradNorm"] > 0
    lora = load_file(tmp_path / "run/lora/pytorch_lora_weights.safetensors")
    assert any(value.any() for name, value in lora.items() if name.endswith("lora_B.weight"))


def test_finished_stages_are_kept_and_a_stopped_one_goes_on(made, capsys):
    weights = made / "judge/weights.pt"
    before, record = weights.read_bytes(), (made / "reward/done.json").stat().st_mtime_ns
    work = Work(changed(scaled(tiny(), 0.01), SETTINGS), made, device="cpu", quiet=True, stop_after=4)
    work.folder.drop("judge")
    work.begin("judge")
    with pytest.raises(KeyboardInterrupt):
        STAGES["judge"].make(work)
    work.folder.close()
    assert main(["--out", str(made), *TOY]) == 0
    printed = capsys.readouterr().out
    assert "reward: finished before" in printed and "judge: goes on after step 4 of 6" in printed
    assert weights.read_bytes() == before and (made / "reward/done.json").stat().st_mtime_ns == record


def test_every_stage_keeps_to_its_device(made, tmp_path, monkeypatch):
    """Nothing of a stage's networks, pictures and captions stays on the CPU where another device is asked for."""
    for stage in transformer, distillation:
        # autocast knows no device of this name.
        monkeypatch.setattr(stage, "precision", lambda work: nullcontext)
    # The exporter of ONNX traces what it calls, which leaves no room for another mode of torch's.
    monkeypatch.setattr(assemble, "_judge", lambda work, folder: {})
    work = Work(changed(scaled(tiny(), 0.001), SETTINGS[:2]), shutil.copytree(made, tmp_path / "out"), device=DEVICE, quiet=True)
    with Elsewhere():
        with pytest.raises(RuntimeError, match="two devices"):
            torch.ones(2, device=DEVICE) + torch.ones(2)
        for name, stage in list(STAGES.items())[2:]:
            work.folder.drop(name)
            work.begin(name)
            measured = stage.make(work)
            work.folder.finish(name, work.settings(name), measured)
        assert isinstance(work.gallery.rows([0]), There) and isinstance(work.captions.pooled([0]), There)
    work.folder.close()
    weights = torch.load(tmp_path / "out/judge/weights.pt", weights_only=True)
    assert all(type(weight) is torch.Tensor and weight.device.type == "cpu" for weight in weights.values())


def test_a_gpu_is_taken_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    for asked, device in (None, "cuda"), ("cpu", "cpu"):
        work = Work(tiny(), tmp_path / "x", device=asked)
        work.folder.close()
        assert work.device.type == device
    # And bf16 on it, where that is asked for or faster.
    entered = []
    monkeypatch.setattr("torch.autocast", lambda kind, dtype, enabled: entered.append((kind, dtype, enabled)))
    transformer.precision(SimpleNamespace(config=changed(tiny(), ["transformer.precision=bf16"]), device=torch.device("cuda")))()
    assert entered == [("cuda", torch.bfloat16, True)]


@pytest.mark.parametrize("settings", [["transformer.precision=bf16"], ["transformer.precision=bf16", "transformer.compile=true"]])
def test_bf16_and_compiled_blocks_learn_the_same(made, tmp_path, monkeypatch, settings):
    """Losses of the first steps, each after the same pictures, noise and updates before it. Compiled without a backend that
    writes C++, which takes a minute: what is shown is that the blocks and their gradients are captured whole."""
    monkeypatch.setattr("torch.compile", partial(torch.compile, backend="aot_eager"))
    losses = {}
    for name, more in ("plain", []), ("other", settings):
        config = changed(scaled(tiny(), 0.002), [*SETTINGS[:2], "transformer.double=1", "transformer.single=1", *more])
        work = Work(config, shutil.copytree(made, tmp_path / name), device="cpu", quiet=True)
        work.folder.drop("transformer")
        kept = losses[name] = []

        def train(work, stage, networks, optimizers, steps, loss_of, *rest):
            def tapped(draw, at):
                loss = loss_of(draw, at)
                kept.append(loss.item())
                return loss

            return training.train(work, stage, networks, optimizers, steps, tapped, *rest)

        monkeypatch.setattr(transformer, "train", train)
        work.begin("transformer")
        transformer.make(work)
        work.folder.close()
    assert len(losses["plain"]) == 3 and losses["other"] == pytest.approx(losses["plain"], rel=5e-3)
    assert losses["other"] != losses["plain"]


@pytest.mark.parametrize(
    ("file", "data", "sentence"),
    [
        ("pictures/pictures.npy", None, "make its stage again with --from pictures"),
        ("pictures/index.json", b"{}", "make its stage again with --from pictures"),
        ("captions/texts.json", b"[]", "make its stage again with --from captions"),
        ("captions/tokens.npy", None, "make its stage again with --from captions"),
        ("autoencoder/decoded.npy", None, "make its stage again with --from autoencoder"),
        ("reward/weights.pt", None, "make it again with --from reward"),
    ],
)
def test_damaged_files_of_a_stage(made, tmp_path, capsys, file, data, sentence):
    out = shutil.copytree(made, tmp_path / "out")
    (out / "preference/done.json").unlink()
    (out / file).write_bytes((out / file).read_bytes()[:200] if data is None else data)
    assert main(["--out", str(out), *TOY, "--stage", "preference"]) == 1
    line = said(capsys)
    assert line.startswith(f"{out / file}: ") and sentence in line


@pytest.mark.parametrize("file", ["tokenizer/tokenizer.json", "text_encoder/model.onnx"])
def test_a_damaged_text_encoder(tmp_path, capsys, made, file):
    text, out = tmp_path / "text", shutil.copytree(made, tmp_path / "out")
    for part in "tokenizer", "text_encoder":
        shutil.copytree(ROOT / "public/bundles/nano" / part, text / part)
    (text / file).write_bytes((text / file).read_bytes()[:200])
    (out / "captions/done.json").unlink()
    assert main(["--out", str(out), *TOY, "--stage", "captions", "--text", str(text)]) == 1
    line = said(capsys)
    assert line.startswith(f"{text / file}: is no ") and "name a bundle by --text" in line


def test_other_settings_are_refused(made, capsys):
    assert main(["--out", str(made), *TOY, "autoencoder.width=8"]) == 1
    assert "autoencoder: was made with autoencoder.width 16, not 8" in said(capsys)


def test_from_makes_anew_what_depends_on_it(made, capsys):
    assert main(["--out", str(made), *TOY, "bundle.name=other", "--from", "assemble"]) == 0
    assert "judge: finished before" in capsys.readouterr().out
    assert json.loads((made / "bundle/bundle.json").read_text())["name"] == "other"


def test_a_full_disk(tmp_path, capsys, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert main(["--out", str(tmp_path), *TOY, "--stage", "pictures"]) == 1
    # The last line; bars of progress stand above it.
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.endswith("the disk is full; make room and give the same command, it goes on where it was.")
    assert main(["--out", str(tmp_path), *TOY, "--stage", "pictures"]) == 0
    assert (tmp_path / "pictures/done.json").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "The following arguments are required: --out; --help lists the options."),
        (["--out", "{here}/file"], "is a file: name a folder with --out."),
        (["--out", "{here}/file/x"], "cannot be used (Not a directory)."),
        (["--out", "{here}/x", "--stage", "dream"], 'There is no stage "dream"; there are pictures, captions,'),
        (["--out", "{here}/x", "--from", "dream"], 'There is no stage "dream"'),
        (["--out", "{here}/x", "--tiny", "--stage", "judge"], "Stage judge needs stage pictures, which is not finished"),
        (["--out", "{here}/x", "--budget", "0"], "--budget is 0, expected above 0"),
        (["--out", "{here}/x", "--set", "a=1"], '"a" is no setting'),
        (["--out", "{here}/x", "--text", "{here}"], "has no tokenizer/tokenizer.json; name a bundle with all-MiniLM-L6-v2 by --text."),
        (["--out", "{here}/x", "--device", "abacus"], "--device abacus: cannot be used here"),
        (["--out", "{bundle}"], "is a bundle itself: name another folder"),
    ],
)  # fmt: skip
def test_complaints(tmp_path, capsys, arguments, sentence):
    (tmp_path / "file").write_text("")
    given = [a.format(here=tmp_path, bundle=ROOT / "public/bundles/nano") for a in arguments]
    assert main(given) == 1
    assert sentence in said(capsys)


def test_one_process_at_a_time(tmp_path, capsys):
    work = Work(tiny(), tmp_path, device="cpu")
    assert main(["--out", str(tmp_path), *TOY]) == 1
    work.folder.close()
    assert "another process works in this folder" in said(capsys)
