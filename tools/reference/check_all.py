"""What CI runs: bundles and golden values are reproducible, and the reference agrees with itself.

    python check_all.py

1. make_bundle.py --check, 2. golden.py --check, 3. lora.py's hooks sample the same latents as
diffusers' own adapter loader. Exit code 1 and a sentence at the first that fails.
"""

import json
import runpy
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from bundle import Bundle
from check_lora import load_adapter
from golden import GOLDEN, ROOT, relative_l2
from lora import Lora
from sampler import sample

HERE = Path(__file__).parent


def check_adapter(name, steps=3):
    """Samples the golden's adapter through lora.py and through diffusers; they must agree and move the base."""
    folder = GOLDEN / name
    run, meta = (json.loads((folder / f).read_text()) for f in ("run.json", "meta.json"))
    noise = load_file(folder / "noise.safetensors")["noise"]
    prompts = run["prompts"][: len(noise)]
    latents = {}
    for way in ("base", "lora.py", "diffusers"):
        bundle = Bundle(ROOT / meta["bundle"], torch.float32)
        if way == "lora.py":
            file = load_file(folder / "lora.safetensors")
            Lora(bundle.transformer, file, run["lora"]["targets"], run["lora"]["alpha"])
        if way == "diffusers":
            load_adapter(bundle, folder / "lora.safetensors")
        latents[way] = sample(bundle, noise, prompts, steps, run["rollout"]["guidance"])
    if relative_l2(latents["lora.py"], latents["diffusers"]) > 1e-5:
        sys.exit(f"{name}: lora.py and diffusers' loader sample different latents.")
    if relative_l2(latents["base"], latents["diffusers"]) < 1e-3:
        sys.exit(f"{name}: diffusers' loader leaves the base unchanged.")
    print(f"{name}: lora.py agrees with diffusers' loader")


def run_here(script, *args):
    """As a program of its own, without importing torch and diffusers again; ends this one where it fails."""
    sys.argv = [str(script), *args]
    runpy.run_path(str(script), run_name="__main__")


def main():
    goldens = ("golden", "method_golden", "lora_golden", "judge_golden", "quants_golden", "checkpoint_golden", "clip_golden")
    for script in ("make_bundle.py", *(f"{name}.py" for name in goldens)):
        run_here(HERE / script, "--check")
    for name in ("nano", "odd-a", "odd-b", "mini-flux", "klein"):
        check_adapter(name)


if __name__ == "__main__":
    main()
