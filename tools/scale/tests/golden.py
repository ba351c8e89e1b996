"""The golden folders of tools/reference: what PyTorch in f64 gives for one step of each method."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from direct_align_scale.run_file import parse_run_file

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tools/reference/golden"


def _decoder(meta):
    return json.loads((ROOT / json.loads(meta.read_text())["bundle"] / "vae/config.json").read_text())


# TAEF2's blocks are none of diffusers', so its bundle is refused (test_complaints.py) and its golden is the engine's alone.
NAMES = sorted(path.parent.name for path in GOLDEN.glob("*/meta.json") if not _decoder(path).get("use_midblock_gn"))


class Golden:
    def __init__(self, name):
        self.path = GOLDEN / name
        self.run = parse_run_file((self.path / "run.json").read_bytes(), name)
        about = json.loads((self.path / "meta.json").read_text())
        self.bundle = ROOT / about["bundle"]
        self.plan = about["plan"] if "plan" in about else {"sigmaIndex": about["sigmaIndex"]}
        self.noise = load_file(self.path / "noise.safetensors")
        self.lora = load_file(self.path / "lora.safetensors")
        old = self.path / "old.safetensors"
        self.old = load_file(old) if old.exists() else None
        self.expected = load_file(self.path / "expected.safetensors")


def gradient(tensors):
    """The whole LoRA gradient in one row."""
    return torch.cat([tensor.flatten() for name, tensor in sorted(tensors.items()) if name.startswith("grad.")])


def distance(value, reference):
    """‖value − reference‖ / ‖reference‖."""
    return ((value - reference).norm() / reference.norm()).item()
