"""Finds sigma indices at which a golden's gradients do not hang on rounding.

    python steady.py NAME INDEX …

A ReLU of the decoder or the clamp of the picture that changes side when the clean latents move by rounding changes
gradients by up to 1e-3, in any engine. For each index: how far gradients move (relative L2; the worst tensor, and all
tensors as one) when the rollout's latents move by 1e-6, at eight random moves. Golden values belong where both stay
below 1e-5. A new training of the base needs new indices in golden.py.
"""

import argparse

import torch

from bundle import Bundle
from golden import ROOT, SPECS, lora_of, noise_of, relative_l2, run_of
from lora import Lora
from probe import probe
from sampler import sample

MOVE = 1e-6
MOVES = 8


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=SPECS)
    parser.add_argument("indices", nargs="+", type=int)
    args = parser.parse_args()
    spec = SPECS[args.name]
    run = run_of(spec)
    bundle = Bundle(ROOT / spec["bundle"], torch.float64)
    noise = noise_of(args.name, spec, bundle)["noise"]
    lora = Lora(bundle.transformer, lora_of(args.name, run, bundle), run["lora"]["targets"], run["lora"]["alpha"])
    rollout = run["rollout"]
    x0 = sample(bundle, noise.to(bundle.dtype), run["prompts"][: len(noise)], rollout["steps"], rollout["guidance"])
    x0 = x0.detach()
    generator = torch.Generator().manual_seed(0)

    def gradients(index, latents):
        for parameter in lora.parameters.values():
            parameter.grad = None
        tensors = probe(bundle, run, noise, index, lora, latents)
        return {name: tensor for name, tensor in tensors.items() if name.startswith("grad.")}

    for index in args.indices:
        still, worst, whole = gradients(index, x0), 0.0, 0.0
        for _ in range(MOVES):
            move = torch.randn(x0.shape, generator=generator, dtype=x0.dtype)
            moved = gradients(index, x0 + MOVE * move)
            worst = max(worst, *(relative_l2(moved[name], still[name]) for name in still))
            flat = [torch.cat([tensor.flatten() for tensor in g.values()]) for g in (moved, still)]
            whole = max(whole, relative_l2(*flat))
        print(f"{index}: worst tensor {worst:.1e}, all {whole:.1e}", flush=True)


if __name__ == "__main__":
    main()
