"""The adapter as the studio writes it: diffusers' names, alpha = rank, the run file in the metadata (docs/FORMATS.md)."""

import json
import os
import struct

from .run_file import canonical_json, number_text


def metadata(run, linears, step, base_sha256, is_flux2):
    """All strings, nothing with a clock time."""
    rank = run["lora"]["rank"]
    kind = "flux2" if is_flux2 else "flux"
    reward, optimizer = run["reward"], run["optimizer"]
    return {
        "format": "pt",
        "base_sha256": base_sha256,
        "ss_steps": str(step),
        "run_file": canonical_json(run),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": f"{kind}/lora",
        "modelspec.implementation": "diffusers",
        "modelspec.title": f"{run['bundle']} aligned to {', '.join(reward['positive'])}",
        "modelspec.description": f"{run['method']}, {step} updates, against {', '.join(reward['negative'])}",
        "ss_base_model_version": kind,
        "ss_sd_model_name": run["bundle"],
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(rank),
        "ss_optimizer": "AdamW",
        "ss_learning_rate": number_text(optimizer["learningRate"]),
        "ss_max_grad_norm": number_text(optimizer["clipNorm"]),
        "ss_total_batch_size": str(run["batch"]),
        "ss_seed": str(run["seed"]),
        "ss_max_train_steps": str(run["steps"]),
        "lora_adapter_metadata": _peft_config(linears, rank),
    }


def write_adapter(path, tensors, about):
    """A .safetensors file of f32 tensors, in place whole or not at all. Names are in order, so that the same values give the
    same bytes, which the library does not promise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    header, offset = {"__metadata__": dict(sorted(about.items()))}, 0
    for name in sorted(tensors):
        size = tensors[name].numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, offset + size]}
        offset += size
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with partial.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for name in sorted(tensors):
            file.write(tensors[name].contiguous().numpy().astype("<f4", copy=False).tobytes())
    os.replace(partial, path)


def _peft_config(linears, rank):
    """PEFT's LoraConfig as diffusers keeps it, keys with `transformer.` before them."""
    config = {
        "alpha_pattern": {},
        "bias": "none",
        "lora_alpha": rank,
        "lora_bias": False,
        "lora_dropout": 0,
        "peft_type": "LORA",
        "r": rank,
        "rank_pattern": {},
        "target_modules": sorted(linears),
        "use_dora": False,
        "use_rslora": False,
    }
    return json.dumps({f"transformer.{key}": value for key, value in config.items()}, indent=2)
