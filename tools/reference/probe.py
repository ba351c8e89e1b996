"""The reference of `studio probe`: one alignment step without an update.

    python probe.py --bundle DIR --run FILE --noise FILE --sigma-index M --lora FILE --out FILE [--x0 FILE]

Equations: Direct-Align / SRPO (arXiv 2509.06942) with the engine's conventions:
  x_s = σ_s ε + (1−σ_s) x0            injection
  x_r = x_s + (σ_r−σ_s) v             one Euler step
  x̂0 = (x_r − σ_r ε) / (1−σ_r)        recovery
  r = f·((1+κ) C_wanted − C_unwanted),  loss = mean max(0, margin − r) / 2
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from bundle import Bundle
from lora import Lora
from sampler import sample


def branch_sigmas(timesteps, m):
    """{branch: (σ_s, σ_r, m_b)} at table index m. Table: linspace(sigmaMin, sigmaMax, count),
    index 0 = least noise; k = min(step, count−1−m, m)."""
    count = timesteps["count"]
    if not 0 <= m < count:
        raise SystemExit(f"sigma index {m} lies outside the table of {count}.")
    table = np.linspace(timesteps["sigmaMin"], timesteps["sigmaMax"], count)
    k = min(timesteps["step"], count - 1 - m, m)
    down = max(m - k, 0)
    return {
        "denoise": (table[min(m + k, count - 1)], table[m], m),
        "inversion": (table[down], table[m], down),
    }


def branch_reward(bundle, model, image, branch, positive, negative, kappa_denoise, kappa_inversion):
    """Image features [n, projection] and reward r [n] of one reward model in one branch.

    `aesthetic` knows no words: with a the score brought to 0 … 1, r = (1+κ_d)·a in the denoise branch and −a in the
    inversion branch.
    """
    reward = bundle.reward(model)
    features = reward.image_features(image)
    if hasattr(reward, "score"):
        a = reward.score(features)
        return features, (1 + kappa_denoise) * a if branch == "denoise" else -a
    if branch == "denoise":
        return features, reward.branch_rewards(features, positive, negative, kappa_denoise)
    return features, reward.branch_rewards(features, negative, positive, kappa_inversion)


def probe(bundle, run, noise, m, lora, x0=None):
    """Every tensor that `studio probe` writes, by name.

    noise: packed ε [n, tokens, channels]; the first n prompts go with it and the words of update 0.
    With several rewards r is their weighted mean and `image_features` are the first one's.
    """
    if run["method"] != "srpo":
        raise SystemExit(f"method '{run['method']}': the reference knows srpo only.")
    settings = run["reward"]
    eps = noise.to(bundle.dtype)
    prompts = [run["prompts"][i % len(run["prompts"])] for i in range(len(eps))]
    guidance = run["rollout"]["guidance"]
    if x0 is None:
        x0 = sample(bundle, eps, prompts, run["rollout"]["steps"], guidance)
    x0 = x0.to(bundle.dtype)

    tokens, pooled = bundle.encode_text(prompts)
    _, positive = bundle.encode_text([f"{settings['positive'][0]}. {p}" for p in prompts])
    _, negative = bundle.encode_text([f"{settings['negative'][0]}. {p}" for p in prompts])
    weights = settings["model"] if isinstance(settings["model"], dict) else {settings["model"]: 1}

    out = {"x0": x0}
    for branch, (sigma_s, sigma_r, m_b) in branch_sigmas(run["timesteps"], m).items():
        kappa_denoise = np.linspace(*settings["kappaDenoise"], run["timesteps"]["count"])[m]
        kappa_inversion = np.linspace(*settings["kappaInversion"], run["timesteps"]["count"])[m_b]
        x_s = sigma_s * eps + (1 - sigma_s) * x0
        v = bundle.velocity(x_s, sigma_s, tokens, pooled, guidance)
        x_r = x_s + (sigma_r - sigma_s) * v
        x0_hat = (x_r - sigma_r * eps) / (1 - sigma_r)
        image = bundle.decode(x0_hat)
        scored = {
            model: branch_reward(bundle, model, image, branch, positive, negative, kappa_denoise, kappa_inversion)
            for model in weights
        }
        r = sum(weights[model] * scored[model][1] for model in weights) / sum(weights.values())
        loss = (settings["margin"] - r).clamp(min=0).mean() / 2
        loss.backward()
        out |= {
            f"x_s.{branch}": x_s,
            f"v.{branch}": v,
            f"x_r.{branch}": x_r,
            f"x0_hat.{branch}": x0_hat,
            f"image.{branch}": image,
            f"image_features.{branch}": next(iter(scored.values()))[0],
            f"reward.{branch}": r,
            f"loss.{branch}": loss.reshape(1),
        }
    out |= {f"grad.{name}": gradient for name, gradient in lora.gradients().items()}
    return {name: tensor.detach().to(torch.float32).contiguous() for name, tensor in out.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--run", required=True, type=Path)
    parser.add_argument("--noise", required=True, type=Path)
    parser.add_argument("--sigma-index", required=True, type=int)
    parser.add_argument("--lora", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--x0", type=Path)
    args = parser.parse_args()
    run = json.loads(args.run.read_text())
    bundle = Bundle(args.bundle)
    lora = Lora(bundle.transformer, load_file(args.lora), run["lora"]["targets"], run["lora"]["alpha"])
    x0 = load_file(args.x0)["x0"] if args.x0 else None
    save_file(probe(bundle, run, load_file(args.noise)["noise"], args.sigma_index, lora, x0), args.out)


if __name__ == "__main__":
    main()
