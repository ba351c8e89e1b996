"""Golden values of every method of methods/, or the proof that they are reproducible.

    python method_golden.py [NAME …] [--check]

golden/METHOD-BUNDLE holds, as golden.py's folders do, `run.json`, `noise.safetensors` (with `renoise`, `sde`, `target`
where the method needs them), `lora.safetensors`, for nft `old.safetensors`, `meta.json` (bundle and plan) and
`expected.safetensors`: what `studio probe` writes for that method.
"""

import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import load, save

from bundle import Bundle
from golden import GOLDEN, ROOT, _json, complaint, lora_of, merged, noise_of, relative_l2, run_of, uniforms
from lora import Lora
from methods import METHODS
from methods.frame import Frame

NANO = {"bundle": "public/bundles/nano", "pictures": 2, "run": {"lora": {"rank": 4, "alpha": 4}}}
ODD_A = {
    "bundle": "tools/reference/bundles/odd-a", "pictures": 3,
    "run": {
        "prompts": ["cat face", "red apple", "a glossy penguin!"],
        "lora": {"rank": 3, "alpha": 6, "targets": ["to_q", "attn.to_v", "proj_mlp", "ff_context.net.2"]},
        "rollout": {"steps": 5, "guidance": 2.5},
    },
}  # fmt: skip
ODD_B = {
    "bundle": "tools/reference/bundles/odd-b", "pictures": 2,
    "run": {
        "prompts": ["house", "old rocket"],
        "lora": {"rank": 5, "alpha": 5, "targets": ["norm1.linear", "attn.to_k", "to_add_out", "ff.net.2", "proj_out"]},
        "rollout": {"steps": 4, "guidance": 4.0},
        "reward": {"model": {"clip": 1, "preference": 0.5, "aesthetic": 0.5}, "margin": 0.9},
    },
}  # fmt: skip
MINI_FLUX = {
    "bundle": "public/bundles/mini-flux", "pictures": 1,
    "run": {"lora": {"rank": 2, "alpha": 2, "targets": ["attn.to_q", "ff.net.2", "proj_mlp"]}},
}  # fmt: skip


def case(method, base, plan, options=None, pictures=None, extra=None, run=None, draw=""):
    """One golden: `extra` is the leading shape of each further noise, before [n, tokens, channels]; `draw` names another
    draw of the noise, where at the first a ReLU or a clamp is about to change side (`--steady` tells)."""
    changes = {"method": method, "options": options or {}} | (run or {})
    if pictures:
        changes["batch"] = pictures
    changes["prompts"] = base["run"].get("prompts", ["cat face", "red apple"])
    spec = base | {"plan": plan, "extra": extra or {}, "draw": draw, "run": merged(base["run"], changes)}
    return spec | ({"pictures": pictures} if pictures else {})


POSITIVE = {"reward": {"form": "positive"}}
PROMPT = {"reward": {"form": "prompt"}}
SPECS = {
    "refl-nano": case("refl", NANO, {"step": 3}),
    "refl-odd-a": case("refl", ODD_A, {"step": 2}, run=POSITIVE, draw="-c"),
    "refl-odd-b": case("refl", ODD_B, {"step": 3}, run=PROMPT),
    "refl-mini-flux": case("refl", MINI_FLUX, {"step": 2}),
    "draft-nano": case("draft", NANO, {}, {"k": 1}),
    "draft-odd-a": case("draft", ODD_A, {}, {"k": 3}),
    "draft-odd-b": case("draft", ODD_B, {}, {"k": 4}),
    "draft-mini-flux": case("draft", MINI_FLUX, {}, {"k": 2}, run=PROMPT, draw="-b"),
    "draft-lv-nano": case("draft-lv", NANO, {}, {"copies": 2}, extra={"renoise": [2]}),
    "draft-lv-odd-a": case("draft-lv", ODD_A, {}, {"copies": 1}, extra={"renoise": [1]}),
    "draft-lv-odd-b": case("draft-lv", ODD_B, {}, {"copies": 3}, extra={"renoise": [3]}, draw="-b"),
    "draft-lv-mini-flux": case("draft-lv", MINI_FLUX, {}, {"copies": 2}, extra={"renoise": [2]}, draw="-b"),
    "flowbp-nano": case("flowbp", NANO, {"active": [0, 2, 3]}),
    "flowbp-odd-a": case("flowbp", ODD_A, {"active": [1, 4]}, {"active": 2, "rescale": 0.5}, run=POSITIVE),
    "flowbp-odd-b": case("flowbp", ODD_B, {"active": [3]}, {"active": 1, "rescale": 0}),
    "flowbp-mini-flux": case("flowbp", MINI_FLUX, {"active": [1, 2, 3]}),
    "drtune-nano": case("drtune", NANO, {"active": [0, 1, 2], "stop": 3}),
    "drtune-odd-a": case("drtune", ODD_A, {"active": [0, 3], "stop": 3}, {"active": 2}, run=POSITIVE),
    "drtune-odd-b": case("drtune", ODD_B, {"active": [1, 2], "stop": 2}, {"active": 2}, run=PROMPT, draw="-b"),
    "drtune-mini-flux": case("drtune", MINI_FLUX, {"active": [0, 1, 2], "stop": 2}, draw="-d"),
    "leapalign-nano": case("leapalign", NANO, {"leaps": [0, 2]}),
    "leapalign-odd-a": case("leapalign", ODD_A, {"leaps": [1, 4]}, {"alpha": 0.7}, run=POSITIVE),
    "leapalign-odd-b": case("leapalign", ODD_B, {"leaps": [0, 3]}, run=PROMPT),
    "leapalign-mini-flux": case("leapalign", MINI_FLUX, {"leaps": [1, 2]}),
    "grpo-nano": case("grpo", NANO, {"window": [0, 3]}, {"group": 4, "window": 3}, 4, {"sde": [3]}),
    "grpo-odd-a": case(
        "grpo", ODD_A, {"window": [1, 3]}, {"group": 3, "window": 2, "sde": "dance", "eta": 0.3, "kl": 0.04}, 3,
        {"sde": [2]},
    ),
    "grpo-odd-b": case(
        "grpo", ODD_B, {"window": [1, 3]}, {"group": 2, "window": 2, "kl": 0.01}, 4, {"sde": [2]}
    ),
    "grpo-mini-flux": case("grpo", MINI_FLUX, {"window": [0, 2]}, {"group": 2, "window": 2}, 2, {"sde": [2]}),
    "nft-nano": case("nft", NANO, {"steps": [1, 2, 3]}, {"group": 4, "times": 3}, 4, {"target": []}),
    "nft-odd-a": case("nft", ODD_A, {"steps": [1, 4]}, {"group": 3, "times": 2, "beta": 0.5}, 3, {"target": []}),
    "nft-odd-b": case("nft", ODD_B, {"steps": [2]}, {"group": 2, "times": 1, "kl": 0.1}, 4, {"target": []}),
    "nft-mini-flux": case("nft", MINI_FLUX, {"steps": [1, 3]}, {"group": 2, "times": 2}, 2, {"target": []}),
}  # fmt: skip


def extra_of(key, spec, noise):
    """Further noise, nearly Gaussian, exact everywhere."""
    return {
        kind: torch.from_numpy(uniforms(key, kind, (12, *leading, *noise.shape)).sum(0) - 6).float()
        for kind, leading in spec["extra"].items()
    }


def make_golden(name, spec, dtype=torch.float64, shaken=0.0):
    """The files of one golden folder: {file name: bytes}. `shaken` changes the noise by that share of itself, to see
    whether a ReLU of the decoder or a clamp of the picture is about to change side."""
    run = run_of(spec)
    bundle = Bundle(ROOT / spec["bundle"], dtype)
    key = f"{name}{spec['draw']}"
    noise = noise_of(key, spec, bundle)["noise"]
    extra = extra_of(key, spec, noise)
    file = lora_of(name, run, bundle)
    targets, alpha = run["lora"]["targets"], run["lora"]["alpha"]
    files = {
        "run.json": _json(run),
        "meta.json": _json({"bundle": spec["bundle"], "plan": spec["plan"]}),
        "noise.safetensors": save({"noise": noise} | extra),
        "lora.safetensors": save(file, {"format": "pt"}),
    }
    lora, old = Lora(bundle.transformer, file, targets, alpha), None
    if run["method"] == "nft":
        other = lora_of(f"{name}-old", run, bundle)
        files["old.safetensors"] = save(other, {"format": "pt"})
        old = Lora(bundle.transformer, other, targets, alpha, attach=False)
    jitter = torch.from_numpy(uniforms(name, "shaken", noise.shape) * 2 - 1)
    start = noise.to(dtype) * (1 + shaken * jitter)
    written = METHODS[run["method"]](Frame(bundle, run, start, lora, extra, old), spec["plan"])
    # Advantages that cancel leave only the rounding of a sum.
    loss = written["loss"].reshape(1)
    written["loss"] = torch.where(loss.abs() < 1e-12, 0, loss)
    written |= {f"grad.{factor}": gradient for factor, gradient in lora.gradients().items()}
    files["expected.safetensors"] = save({k: v.detach().float().contiguous() for k, v in written.items()})
    return files


def unsteadiness(name, spec):
    """The largest relative change of the whole LoRA gradient when the noise changes by 3e-7, of three tries."""

    def gradient(shaken):
        made = load(make_golden(name, spec, shaken=shaken)["expected.safetensors"])
        return torch.cat([tensor.flatten() for key, tensor in sorted(made.items()) if key.startswith("grad.")])

    still = gradient(0)
    return max(relative_l2(gradient(shaken), still) for shaken in (3e-7, -3e-7, 6e-7))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--steady", action="store_true", help="how much the gradient changes when the noise does by 3e-7")
    args = parser.parse_args()
    for name in args.names or SPECS:
        if name not in SPECS:
            sys.exit(f"no golden is called '{name}'; there are {', '.join(SPECS)}.")
        if args.steady:
            print(f"{name}: {unsteadiness(name, SPECS[name]):.1e}")
            continue
        folder = GOLDEN / name
        files = make_golden(name, SPECS[name])
        if args.check:
            if sentence := complaint(folder, files):
                sys.exit(sentence)
            print(f"{name}: reproduced")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        print(f"{folder}: {sum(len(c) for c in files.values()):,} bytes")


if __name__ == "__main__":
    main()
