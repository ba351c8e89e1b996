"""Trains on the nano bundle with our program and proves that what it exports draws in diffusers what the trainer draws.

    python check_export.py

Runs with alpha ≠ rank and without, one with targets of every kind: `studio align`, then `studio generate --lora`,
compared with diffusers through check_lora.py, and with the factors the run itself trains (of its snapshot, through
lora.py): the file's scale is the run's. Then files of other programs, drawn by ours and by diffusers. Exit code 1 and a
sentence at the first difference.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from safetensors.torch import load_file, save_file

import check_lora
import lora_golden
from bundle import Bundle
from check_lora import TOLERANCE
from golden import GOLDEN, ROOT, relative_l2
from lora import Lora
from sampler import sample

PROMPTS = ["cat face", "red apple"]
STUDIO = ["node", ROOT / "scripts/studio.mjs"]
# Linears of nano outside its blocks: (in, out).
OUTSIDE = {"x_embedder": (64, 32), "context_embedder": (32, 32), "norm_out.linear": (32, 64), "proj_out": (32, 64)}
EVERY_TARGET = [
    "norm1.linear", "norm1_context.linear", "norm.linear", "attn.to_q", "add_k_proj", "attn.to_out.0", "to_add_out",
    "ff.net.0.proj", "ff.net.2", "ff_context.net.2", "proj_mlp", "proj_out",
]  # fmt: skip
RUNS = {
    "alpha = rank": {"rank": 4},
    "alpha > rank": {"rank": 3, "alpha": 6, "targets": EVERY_TARGET},
    "alpha < rank": {"rank": 4, "alpha": 1.5},
}


def check(lora, folder):
    """Trains, draws and compares in `folder`, which is empty."""
    bundle = ROOT / "public/bundles/nano"
    noise = GOLDEN / "nano/noise.safetensors"
    run = {
        "version": 1, "bundle": "nano", "steps": 3, "batch": 1, "prompts": PROMPTS, "lora": lora,
        "optimizer": {"learningRate": 0.05}, "rollout": {"steps": 3}, "samples": {"every": 3, "prompts": PROMPTS[:1]}, "keepEvery": 3,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run))
    trained = folder / "trained"
    call([*STUDIO, "align", "--run", folder / "run.json", "--out", trained])
    adapter = trained / "lora/pytorch_lora_weights.safetensors"
    if [path.read_bytes() for path in trained.glob("*/step-000003.safetensors")] != [adapter.read_bytes()]:
        sys.exit("The LoRA kept after the last update is not the exported one.")
    drawn = folder / "drawn"
    prompts = ["--prompt", *PROMPTS]
    call([*STUDIO, "generate", "--bundle", bundle, "--lora", adapter, "--noise", noise, *prompts, "--out", drawn])
    compare = ["--bundle", bundle, "--noise", noise, *prompts, "--latents", drawn / "latents.safetensors"]
    if not draws_the_same([*compare, "--lora", adapter, "--png", drawn]):
        sys.exit(1)
    check_own(bundle, trained, load_file(noise)["noise"], load_file(drawn / "latents.safetensors")["latents"])
    # The base alone draws something else.
    require_difference(compare, "The trained adapter changes nothing, so nothing was shown.")


def check_foreign(folder):
    """Files of other programs, drawn by ours and by diffusers: fused linears, PEFT's scales, linears outside the blocks."""
    outside = {f"transformer.{name}": size for name, size in OUTSIDE.items()}
    path = folder / "outside.safetensors"
    save_file({key: value / 8 for key, value in lora_golden.pairs(outside).items()}, path)
    bundle, noise = ROOT / "public/bundles/nano", GOLDEN / "nano/noise.safetensors"
    prompts = ["--prompt", *PROMPTS]
    for lora in (path, lora_golden.FOLDER / "xlabs.safetensors", lora_golden.FOLDER / "metadata.safetensors"):
        print(f"{lora.name}:")
        drawn = folder / lora.stem
        draw = [*STUDIO, "generate", "--bundle", bundle, "--lora", lora, "--noise", noise, *prompts, "--out", drawn]
        call([*draw, "--strength", "0.25"])
        compare = ["--bundle", bundle, "--noise", noise, *prompts, "--latents", drawn / "latents.safetensors"]
        compare += ["--lora", lora]
        if not draws_the_same([*compare, "--strength", "0.25"]):
            sys.exit(1)
        # At full strength it draws something else.
        require_difference(compare, "The LoRA changes nothing, so nothing was shown.")


def check_own(folder, trained, noise, latents):
    """The latents drawn with a file are those of the run's own factors with the run's own alpha."""
    bundle = Bundle(folder)
    parameters = load_file(trained / "snapshot.safetensors")["parameters"]
    settings = json.loads((trained / "run.json").read_text())["lora"]
    Lora.of_snapshot(bundle.transformer, parameters, settings["targets"], settings["rank"], settings["alpha"])
    error = relative_l2(latents, sample(bundle, noise, PROMPTS, 12, 3.5))
    print(f"the trainer's own: relative L2 {error:.2e} ({TOLERANCE:.0e} allowed)")
    if not error <= TOLERANCE:
        sys.exit("The file draws something else than the run's own factors.")


def require_difference(arguments, sentence):
    """A comparison that must fail, so that those that pass say something; what it prints is of no interest."""
    with contextlib.redirect_stdout(None):
        same = draws_the_same(arguments)
    if same:
        sys.exit(sentence)


def draws_the_same(arguments):
    """What check_lora.py says, without starting Python and loading diffusers again."""
    with warnings.catch_warnings():
        # PEFT warns of linears with like names.
        warnings.simplefilter("ignore")
        try:
            check_lora.main([str(argument) for argument in arguments])
        except SystemExit as end:
            if isinstance(end.code, str):
                raise
            return end.code == 0


def call(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main():
    for name, lora in RUNS.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name}:")
            check(lora, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_foreign(Path(folder))


if __name__ == "__main__":
    main()
