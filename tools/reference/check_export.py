"""Trains on the nano bundle with our program and proves that the adapter draws the same in diffusers.

    python check_export.py

Two runs, one of them with alpha ≠ rank and targets of every kind: `studio align`, `studio generate --lora`,
then check_lora.py on what they wrote. Exit code 1 and a sentence at the first difference.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from golden import GOLDEN, ROOT

HERE = Path(__file__).parent
PROMPTS = ["cat face", "red apple"]
EVERY_TARGET = [
    "norm1.linear", "norm1_context.linear", "norm.linear", "attn.to_q", "add_k_proj", "attn.to_out.0", "to_add_out",
    "ff.net.0.proj", "ff.net.2", "ff_context.net.2", "proj_mlp", "proj_out",
]  # fmt: skip
RUNS = {
    "default": {"rank": 4},
    "every target": {"rank": 3, "alpha": 6, "targets": EVERY_TARGET},
}


def check(lora, folder):
    """Trains, draws and compares in `folder`, which is empty."""
    bundle = ROOT / "public/bundles/nano"
    noise = GOLDEN / "nano/noise.safetensors"
    run = {
        "version": 1, "bundle": "nano", "steps": 3, "batch": 1, "prompts": PROMPTS, "lora": lora,
        "optimizer": {"learningRate": 0.05}, "rollout": {"steps": 3}, "samples": {"every": 3, "prompts": PROMPTS[:1]},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run))
    studio = ["node", ROOT / "scripts/studio.mjs"]
    adapter = folder / "trained/lora/pytorch_lora_weights.safetensors"
    drawn = folder / "drawn"
    prompts = ["--prompt", *PROMPTS]
    for command in (
        [*studio, "align", "--run", folder / "run.json", "--out", folder / "trained"],
        [*studio, "generate", "--bundle", bundle, "--lora", adapter, "--noise", noise, *prompts, "--out", drawn],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    compare = [sys.executable, HERE / "check_lora.py", "--bundle", bundle, "--noise", noise, *prompts]
    compare += ["--latents", drawn / "latents.safetensors"]
    subprocess.run([*compare, "--lora", adapter, "--png", drawn], check=True)
    # The check can fail: the base alone draws something else.
    if subprocess.run(compare, stdout=subprocess.DEVNULL).returncode == 0:
        sys.exit("The trained adapter changes nothing, so nothing was shown.")


def main():
    for name, lora in RUNS.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name}:")
            check(lora, Path(folder))


if __name__ == "__main__":
    main()
