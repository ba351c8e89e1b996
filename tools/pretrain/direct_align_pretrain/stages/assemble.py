"""The bundle: every part in diffusers' and transformers' formats, the judge with what it says of real
pictures, the list of files."""

import hashlib
import io
import json
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from safetensors.torch import save_file

from .. import emoji, shipped
from ..folder import write_json
from ..networks import AestheticHead, fitted
from ..styles import IDS, STYLES
from ..text import FILES
from . import judge
from .distillation import student

DOES, PART = "the bundle", "bundle"
NEEDS = ("pictures", "captions", "autoencoder", "distillation", "reward", "preference", "aesthetic", "judge")
OPSET = 17


def make(work):
    target = work.folder.path / "bundle"
    # Made beside its place, so that a bundle is there whole or not at all.
    made = work.folder.path / "bundle.part"
    shutil.rmtree(made, ignore_errors=True)
    work.load("distillation", student(work)).cpu().half().save_pretrained(made / "transformer")
    work.autoencoder.save_pretrained(made / "vae")
    FlowMatchEulerDiscreteScheduler(shift=work.config.bundle.shift).save_pretrained(made / "scheduler")
    for name in FILES:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(work.text_folder() / name, made / name)
    _rewards(work, made / "rewards")
    measured = _judge(work, made / "judge")
    words = _words(work, made / "words.txt")
    _about(work, made)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(made, target)
    return {"bundle": str(target), "words": words, **measured}


def _rewards(work, folder):
    for name, stage in (("clip", "reward"), ("preference", "preference")):
        clip = work.load(stage, work.new_clip()).cpu()
        sharpness = clip.scale.clamp(max=4.6)
        clip.tower.half().save_pretrained(folder / name)
        save_file(
            {"text_projection.weight": clip.text.weight.half().contiguous(), "logit_scale": sharpness.detach()},
            folder / name / "text_projection.safetensors",
        )
    c, hidden = work.config.reward.projection, work.config.aesthetic.hidden
    head = work.load("aesthetic", AestheticHead(c, hidden)).cpu()
    (folder / "aesthetic").mkdir()
    save_file({name: value.contiguous() for name, value in head.state_dict().items()}, folder / "aesthetic/head.safetensors")
    write_json(
        folder / "aesthetic/config.json",
        {
            "backbone": "clip",
            "head": [f"linear {c}→{hidden}", "gelu", f"linear {hidden}→1"],
            "input": "normalised image embedding",
            "range": [0, 10],
        },
    )


def _judge(work, folder):
    folder.mkdir()
    model, g, buffer = work.load("judge", judge.network(work)).cpu(), work.gallery, io.BytesIO()
    outputs = ["style", "concept", "quality", "embedding"]
    with warnings.catch_warnings():
        # The exporter that needs no further package announces that another one is the default.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (torch.rand(2, 3, model.SIZE, model.SIZE),), buffer, input_names=["image"], output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in ["image", *outputs]}, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    (folder / "judge.onnx").write_bytes(buffer.getvalue())
    names = [g.names[c] for c in range(len(g.names)) if g.word[c]]
    styles = [{"id": IDS[s], "words": list(STYLES[IDS[s]])} for s in g.styles]
    quality = "probability that the picture is undamaged"
    write_json(folder / "labels.json", {"styles": styles, "concepts": [*names, "something else"], "quality": quality})
    real = _real(work, folder / "judge.onnx")
    note = (
        "over the real pictures of words.txt; saturation = mean over pixels of max-min over RGB; edgeDensity = mean over "
        "pixels of |dx|+|dy| of the grey mean, 0..1 scale; quality and accuracies by judge.onnx"
    )
    write_json(folder / "real.json", {"note": note, "styles": real})
    plain = [style["original"] for style in real.values()]
    return {
        "judge names style": round(float(np.mean([s["style"] for s in plain])), 3),
        "judge names thing": round(float(np.mean([s["conceptTop1"] for s in plain])), 3),
    }


def _real(work, network):
    """{style: {original, through the autoencoder: measures}} over the plain pictures of words."""
    g, outputs = work.gallery, judge.targets(work)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    out = {}
    for s in g.styles:
        ids = [i for i in range(len(g.concept)) if g.copy[i] == 0 and g.style[i] == s and g.word[g.concept[i]]]
        concepts = np.array([outputs[g.concept[i]] for i in ids])
        out[IDS[s]] = {}
        for name, decoded in (("original", None), ("through the autoencoder", np.ones(len(ids), bool))):
            x = g.rows(ids, decoded).cpu()
            style, concept, quality, _ = session.run(None, {"image": fitted(x, 128).numpy()})
            order = np.argsort(-concept, 1)
            out[IDS[s]][name] = {
                "pictures": len(ids),
                "saturation": _spread((x.amax(1) - x.amin(1)).mean((1, 2)).numpy()),
                "edgeDensity": _spread(edge_density(x)),
                "quality": _spread(quality.reshape(-1)),
                "style": round(float((style.argmax(1) == g.styles.index(s)).mean()), 4),
                "conceptTop1": round(float((order[:, 0] == concepts).mean()), 4),
                "conceptTop5": round(float((order[:, :5] == concepts[:, None]).any(1).mean()), 4),
            }
    return out


def edge_density(x):
    """Mean of |∂x| + |∂y| of the grey mean, over pixels that have a right and a lower neighbour, of pictures in 0 … 1."""
    grey = x.mean(1)
    dx, dy = grey.diff(dim=2).abs()[:, :-1], grey.diff(dim=1).abs()[:, :, :-1]
    return (dx + dy).mean((1, 2)).numpy()


def _spread(values):
    at = {"mean": values.mean(), **{f"p{p}": np.percentile(values, p) for p in (5, 50, 95)}}
    return {name: round(min(1.0, max(0.0, float(value))), 4) for name, value in at.items()}


def _words(work, path):
    """Writes words.txt, a group a line; how many words there are."""
    g, groups = work.gallery, {}
    for name, group in zip(g.names, g.groups):
        if group is not None:
            groups.setdefault(group, []).append(name)
    path.write_text("".join("; ".join(groups[group]) + "\n" for group in sorted(groups)))
    return sum(map(len, groups.values()))


def _about(work, folder):
    size, b = work.config.pictures.size, work.config.bundle
    source = emoji if work.config.pictures.source == "emoji" else shipped
    files = {}
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        content = path.read_bytes()
        files[path.relative_to(folder).as_posix()] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    about = {
        "name": b.name,
        "version": b.version,
        "licence": "MIT",
        "attribution": [*source.ATTRIBUTION, "text encoder and tokeniser: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0"],
        "words": "words.txt",
        "image": {"width": size, "height": size},
        "text": {
            "max_length": work.config.captions.length, "hidden": work.captions.hidden, "pad": "zero",
            "pooling": "mean over real tokens, L2-normalised",
        },
        "rewards": ["clip", "preference", "aesthetic"],
        "files": files,
        "judge": "judge",
    }  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
