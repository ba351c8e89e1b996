"""LoRA files as other programs write them, and what diffusers and PEFT make of them; or proves that they do.

    python lora_golden.py [--check]

golden/lora holds
  NAME.safetensors    a LoRA of the nano bundle in one dialect or storage type
  peft/               PEFT's folder, as save_pretrained writes it
  expected.safetensors   NAME/LINEAR: ΔW·x of each linear, x = probe_vector(inputs); of long results 64 values
  rules.json          PEFT's verdict on configs (the scale of each linear, or null where it raises), and on patterns
                      (whether re.match finds each name, or null)

ΔW is what the library added to the frozen weight. Where diffusers reads no such file, it is the formula of the program
that does (ComfyUI): alpha/rank · up·down on the original checkpoint's linears, whose rows are then diffusers' linears.
Values are multiples of 1/16, exact in every storage type and on every machine.
"""

import argparse
import json
import re
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save

from golden import GOLDEN, ROOT, relative_l2
from quiet import quiet

FOLDER = GOLDEN / "lora"
NANO = ROOT / "public/bundles/nano/transformer"
DOUBLE, SINGLE = "transformer_blocks.0", "single_transformer_blocks.0"
Q, SINGLE_Q = f"{DOUBLE}.attn.to_q", f"{SINGLE}.attn.to_q"
DIM, MLP = 32, 128
KEPT = 64
MLP2 = 80  # of klein, FLUX.2's nano: linear_in makes both halves of SwiGLU
# fmt: off
BFL2 = {  # the same of FLUX.2
    "double_blocks.0.img_attn.qkv": (DIM, [(f"{DOUBLE}.attn.to_{p}", DIM) for p in "qkv"]),
    "double_blocks.0.txt_attn.qkv": (DIM, [(f"{DOUBLE}.attn.add_{p}_proj", DIM) for p in "qkv"]),
    "double_blocks.0.img_attn.proj": (DIM, [(f"{DOUBLE}.attn.to_out.0", DIM)]),
    "double_blocks.0.txt_attn.proj": (DIM, [(f"{DOUBLE}.attn.to_add_out", DIM)]),
    "double_blocks.0.img_mlp.0": (DIM, [(f"{DOUBLE}.ff.linear_in", 2 * MLP2)]),
    "double_blocks.0.img_mlp.2": (MLP2, [(f"{DOUBLE}.ff.linear_out", DIM)]),
    "double_blocks.0.txt_mlp.0": (DIM, [(f"{DOUBLE}.ff_context.linear_in", 2 * MLP2)]),
    "double_blocks.0.txt_mlp.2": (MLP2, [(f"{DOUBLE}.ff_context.linear_out", DIM)]),
    "single_blocks.0.linear1": (DIM, [(f"{SINGLE}.attn.to_qkv_mlp_proj", 3 * DIM + 2 * MLP2)]),
    "single_blocks.0.linear2": (DIM + MLP2, [(f"{SINGLE}.attn.to_out", DIM)]),
    "img_in": (32, [("x_embedder", DIM)]),
    "txt_in": (24, [("context_embedder", DIM)]),
    "time_in.in_layer": (256, [("time_guidance_embed.timestep_embedder.linear_1", DIM)]),
    "double_stream_modulation_img.lin": (DIM, [("double_stream_modulation_img.linear", 6 * DIM)]),
    "single_stream_modulation.lin": (DIM, [("single_stream_modulation.linear", 3 * DIM)]),
    "final_layer.linear": (DIM, [("proj_out", 32)]),
}
BFL = {  # a linear of the original checkpoint: (inputs, [diffusers' linears and their rows], halves swapped)
    "double_blocks.0.img_mod.lin": (DIM, [(f"{DOUBLE}.norm1.linear", 6 * DIM)]),
    "double_blocks.0.txt_mod.lin": (DIM, [(f"{DOUBLE}.norm1_context.linear", 6 * DIM)]),
    "double_blocks.0.img_attn.qkv": (DIM, [(f"{DOUBLE}.attn.to_{p}", DIM) for p in "qkv"]),
    "double_blocks.0.txt_attn.qkv": (DIM, [(f"{DOUBLE}.attn.add_{p}_proj", DIM) for p in "qkv"]),
    "double_blocks.0.img_attn.proj": (DIM, [(f"{DOUBLE}.attn.to_out.0", DIM)]),
    "double_blocks.0.txt_attn.proj": (DIM, [(f"{DOUBLE}.attn.to_add_out", DIM)]),
    "double_blocks.0.img_mlp.0": (DIM, [(f"{DOUBLE}.ff.net.0.proj", MLP)]),
    "double_blocks.0.img_mlp.2": (MLP, [(f"{DOUBLE}.ff.net.2", DIM)]),
    "double_blocks.0.txt_mlp.0": (DIM, [(f"{DOUBLE}.ff_context.net.0.proj", MLP)]),
    "double_blocks.0.txt_mlp.2": (MLP, [(f"{DOUBLE}.ff_context.net.2", DIM)]),
    "single_blocks.0.modulation.lin": (DIM, [(f"{SINGLE}.norm.linear", 3 * DIM)]),
    "single_blocks.0.linear1": (DIM, [*((f"{SINGLE}.attn.to_{p}", DIM) for p in "qkv"), (f"{SINGLE}.proj_mlp", MLP)]),
    "single_blocks.0.linear2": (DIM + MLP, [(f"{SINGLE}.proj_out", DIM)]),
    "img_in": (64, [("x_embedder", DIM)]),
    "txt_in": (DIM, [("context_embedder", DIM)]),
    "time_in.in_layer": (256, [("time_text_embed.timestep_embedder.linear_1", DIM)]),
    "vector_in.out_layer": (DIM, [("time_text_embed.text_embedder.linear_2", DIM)]),
    "guidance_in.in_layer": (256, [("time_text_embed.guidance_embedder.linear_1", DIM)]),
    "final_layer.linear": (DIM, [("proj_out", 64)]),
    "final_layer.adaLN_modulation.1": (DIM, [("norm_out.linear", 2 * DIM)]),
}
# fmt: on


def values(name, *shape):
    """Multiples of 1/16 in [-1, 1], the same for the same name."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    return torch.from_numpy(random.randint(-16, 17, shape) / 16).float()


def probe_vector(inputs):
    """cos(1 + i) · 2^-3, in f32."""
    return torch.cos(torch.arange(1, inputs + 1, dtype=torch.float64)).div(8).float()


def projected(delta):
    y = delta.double() @ probe_vector(delta.shape[1]).double()
    return y[:: max(1, len(y) // KEPT)][:KEPT].float()


def pairs(linears, rank=2, a="lora_A.weight", b="lora_B.weight"):
    """{name.a: [rank, in], name.b: [out, rank]} for {name: (in, out)}."""
    file = {}
    for name, (inputs, outputs) in linears.items():
        file[f"{name}.{a}"] = values(f"{name} A", rank, inputs)
        file[f"{name}.{b}"] = values(f"{name} B", outputs, rank)
    return file


def transformer():
    from diffusers import FluxTransformer2DModel  # here: it warns until quiet

    return FluxTransformer2DModel.from_pretrained(NANO, low_cpu_mem_usage=False)


def pipeline(model):
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline

    parts = dict.fromkeys(["vae", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2"])
    return FluxPipeline(scheduler=FlowMatchEulerDiscreteScheduler(), transformer=model, **parts)


def deltas(model, adapter):
    """{linear: what the adapter adds to its weight}."""
    found = {}
    for name, module in model.named_modules():
        if adapter in getattr(module, "scaling", {}):
            found[name] = module.get_delta_weight(adapter).detach().float()
    return found


def by_diffusers(file, metadata=None):
    """{linear: ΔW} as load_lora_weights makes it of the file."""
    model = transformer()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.safetensors").write_bytes(save(file, metadata))
        pipeline(model).load_lora_weights(folder, weight_name="x.safetensors", adapter_name="x")
    return deltas(model, "x")


def by_conversion(file, pipeline="FluxPipeline"):
    """{linear: ΔW} of diffusers' converted state dict; for files wider than nano, and for what diffusers converts but
    leaves out when it loads (linears outside the blocks)."""
    import diffusers

    state = getattr(diffusers, pipeline).lora_state_dict(dict(file))
    converted = {k.removeprefix("transformer."): v.float() for k, v in state.items()}
    names = [key.removesuffix(".lora_A.weight") for key in converted if key.endswith(".lora_A.weight")]
    return {name: converted[f"{name}.lora_B.weight"] @ converted[f"{name}.lora_A.weight"] for name in names}


def by_formula(file, names, a="lora_down.weight", b="lora_up.weight"):
    """{linear: ΔW} of BFL linears `names` ({prefix in the file: BFL name}): alpha/rank · up·down, cut into rows."""
    found = {}
    for key, bfl in names.items():
        down, up = file[f"{key}.{a}"].float(), file[f"{key}.{b}"].float()
        delta = up @ down * (float(file.get(f"{key}.alpha", len(down))) / len(down))
        if "adaLN" in bfl:
            delta = torch.cat([*delta.chunk(2)][::-1])
        _, linears = BFL[bfl]
        for (name, _), rows in zip(linears, delta.split([rows for _, rows in linears]), strict=True):
            found[name] = rows
    return found


def bfl_linears(written, names=BFL):
    """{written(BFL name): (in, out)}."""
    return {written(name): (inputs, sum(rows for _, rows in linears)) for name, (inputs, linears) in names.items()}


def flat(prefix):
    return lambda name: prefix + name.replace(".", "_")


def text_encoder(prefix):
    return pairs({prefix: (8, 8)}, a="lora_down.weight", b="lora_up.weight")


def dialects():
    """{name: (file, metadata, {linear: ΔW})}"""
    square = {f"transformer.{Q}": (DIM, DIM), f"transformer.{SINGLE}.proj_out": (DIM + MLP, DIM)}
    down_up = {"a": "lora_down.weight", "b": "lora_up.weight"}
    inside = [name for name in BFL if "blocks" in name]
    cases = {}

    def loaded(name, file, metadata=None):
        # The pipeline has no text encoder to load that part into.
        cases[name] = (file, metadata, by_diffusers({k: v for k, v in file.items() if "lora_te" not in k}, metadata))

    loaded("diffusers", pairs(square))
    # diffusers injects such names but leaves them without values; PEFT's state dicts in memory have them.
    named = pairs(square, a="lora_A.my-style.weight", b="lora_B.my-style.weight")
    cases["adapter-name"] = (named, None, cases["diffusers"][2])
    loaded("lora-down-up", pairs(square, a="lora.down.weight", b="lora.up.weight"))
    loaded("kohya-dotted", pairs(square, **down_up))
    alphas = {f"transformer.{SINGLE_Q}.alpha": torch.tensor(3.0), f"transformer.{Q}.alpha": torch.tensor([8.0])}
    three = pairs({f"transformer.{n}": (DIM, DIM) for n in (Q, SINGLE_Q, f"{DOUBLE}.attn.to_k")}, 4)
    loaded("alpha-tensors", {**three, **alphas})
    mixed = {**pairs({f"transformer.{Q}": (DIM, DIM)}, 2), **pairs({f"transformer.{SINGLE_Q}": (DIM, DIM)}, 5)}
    loaded("mixed-ranks", mixed)
    config = {
        "r": 2, "lora_alpha": 5, "use_rslora": True, "rank_pattern": {f"^{SINGLE_Q}": 5}, "lora_dropout": 0.0,
        "alpha_pattern": {r"single_transformer_blocks\.\d+\.attn\.to_[qk]": 7}, "target_modules": ["to_q"], "bias": "none",
    }  # fmt: skip
    packed = json.dumps({f"transformer.{key}": value for key, value in config.items()})
    loaded("metadata", mixed, {"format": "pt", "lora_adapter_metadata": packed})

    # Linears that diffusers converts and loads: those inside the blocks without linear1, whose rows it knows for
    # 3072 channels only.
    names = {flat("lora_unet_")(name): name for name in inside if "linear1" not in name}
    linears = bfl_linears(flat("lora_unet_"))
    file = pairs({key: linears[key] for key in names}, **down_up)
    file |= {f"{key}.alpha": torch.tensor(0.5 + i) for i, key in enumerate(names) if i % 3 != 2}
    file |= text_encoder("lora_te1_text_model_encoder_layers_0_mlp_fc1")
    loaded("kohya-bfl", file)
    check_same("kohya-bfl", by_formula(file, names), cases["kohya-bfl"][2])

    # Every linear: what diffusers converts, linear1 by the formula, alphas of the last layer as kohya means them.
    names = {flat("lora_unet_")(name): name for name in BFL}
    file = {key: value.bfloat16() for key, value in pairs(linears, **down_up).items()}
    file |= {f"{key}.alpha": torch.tensor(2.0).bfloat16() for key in names if "linear1" not in key}
    file |= {"lora_unet_single_blocks_0_linear1.alpha": torch.tensor(3.0)}
    expected = by_formula(file, names)
    check_same("kohya-bfl-all", expected, by_conversion({k: v for k, v in file.items() if "linear1" not in k}))
    cases["kohya-bfl-all"] = (file, None, expected)

    wide = "lora_unet_single_blocks_7_linear1"
    file = {f"{wide}.lora_down.weight": values("wide down", 1, 3072), f"{wide}.lora_up.weight": values("wide up", 21504, 1)}
    file = {key: value.half() for key, value in file.items()}
    file[f"{wide}.alpha"] = torch.tensor(4.0)
    cases["kohya-wide"] = (file, None, by_conversion({key: value.float() for key, value in file.items()}))

    file = pairs(bfl_linears(lambda name: f"diffusion_model.{name}"), rank=3)
    names = {f"diffusion_model.{name}": name for name in BFL}
    cases["comfyui"] = (file, None, by_formula(file, names, "lora_A.weight", "lora_B.weight"))
    file = pairs(bfl_linears(lambda name: f"base_model.model.{name}"))
    names = {f"base_model.model.{name}": name for name in BFL}
    cases["fal-kontext"] = (file, None, by_formula(file, names, "lora_A.weight", "lora_B.weight"))

    file = pairs(bfl_linears(lambda name: f"diffusion_model.{name}", BFL2), rank=3)
    cases["comfyui-flux2"] = (file, None, by_conversion(file, "Flux2KleinPipeline"))
    # Only linears of both architectures by name: their sizes tell.
    blocks = {name: of for name, of in BFL2.items() if "blocks" in name}
    file = pairs(bfl_linears(flat("lora_unet_"), blocks), **down_up)
    file |= {f"lora_unet_{key}.alpha": torch.tensor(3.0) for key in ("double_blocks_0_img_mlp_0", "single_blocks_0_linear1")}
    cases["kohya-flux2"] = (file, None, by_conversion(file, "Flux2KleinPipeline"))

    diffusers_linears = {name: (inputs, rows) for inputs, list_ in BFL.values() for name, rows in list_}
    for name, prefix in ("kohya-diffusers", "lora_unet_"), ("onetrainer", "lora_transformer_"), ("lycoris", "lycoris_"):
        keys = {flat(prefix)(linear): linear for linear in diffusers_linears}
        file = pairs({key: diffusers_linears[linear] for key, linear in keys.items()}, **down_up)
        file |= {f"{key}.alpha": torch.tensor(3) for key in list(keys)[::2]}  # integers, as torch.tensor(3) saves them
        scale = lambda key, file=file: float(file.get(f"{key}.alpha", 2)) / 2  # noqa: E731
        expected = {
            linear: file[f"{key}.lora_up.weight"] @ file[f"{key}.lora_down.weight"] * scale(key)
            for key, linear in keys.items()
        }
        cases[name] = (file, None, expected)
    only = {f"lora_transformer_{DOUBLE}_attn_{p}".replace(".", "_"): (DIM, DIM) for p in ("to_q", "add_k_proj", "to_out_0")}
    file = pairs(only, **down_up) | {f"{key}.alpha": torch.tensor(5.0) for key in only}
    loaded("onetrainer-loaded", file)

    keys = {}
    for side in "12":
        keys[f"double_blocks.0.processor.qkv_lora{side}"] = (DIM, 3 * DIM)
        keys[f"double_blocks.0.processor.proj_lora{side}"] = (DIM, DIM)
    keys["single_blocks.0.processor.qkv_lora"] = (DIM, 3 * DIM)
    keys["single_blocks.0.processor.proj_lora"] = (DIM + MLP, DIM)
    loaded("xlabs", pairs(keys, a="down.weight", b="up.weight"))

    plain = pairs(square)
    file = {key: value.half() for key, value in plain.items()}
    cases["f16"] = (file, None, by_diffusers({key: value.float() for key, value in file.items()}))
    return cases


def check_same(name, expected, found):
    for linear in found:
        if relative_l2(expected[linear], found[linear]) > 1e-6:
            sys.exit(f"{name}: the formula and diffusers differ in {linear}.")


def peft_folder():
    """({path: content} as save_pretrained writes it, {linear: ΔW})"""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=3, lora_alpha=8, target_modules=["to_q", "proj_mlp", "ff.net.2"], rank_pattern={"proj_mlp": 2},
        alpha_pattern={"^transformer_blocks.0.attn.to_q": 1.5}, use_rslora=True, init_lora_weights=False,
    )  # fmt: skip
    model = get_peft_model(transformer(), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(values(name, *parameter.shape))
    found = {name.removeprefix("base_model.model."): delta for name, delta in deltas(model, "default").items()}
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        about = json.loads((Path(folder) / "adapter_config.json").read_text())
        about["base_model_name_or_path"] = "nano"
        content = (Path(folder) / "adapter_model.safetensors").read_bytes()
    return {"adapter_config.json": json_bytes(about), "adapter_model.safetensors": content}, found


def verdicts():
    """Configs with what PEFT makes of them, the LoRA being of rank 4 on Q and SINGLE_Q."""
    base = {"r": 4, "lora_alpha": 4, "target_modules": ["to_q"], "peft_type": "LORA", "lora_dropout": 0, "bias": "none"}
    # fmt: off
    changes = [
        {}, {"lora_alpha": 16}, {"lora_alpha": 0}, {"lora_alpha": -4}, {"lora_alpha": 2.5}, {"lora_alpha": "16"},
        {"lora_alpha": None}, {"lora_alpha": [4]}, {"lora_alpha": {}}, {"r": "4"}, {"r": 4.5}, {"r": 8}, {"r": None}, {"r": 0},
        {"r": -1}, {"r": True}, {"r": [4]}, {"use_rslora": True}, {"use_rslora": None}, {"use_rslora": False},
        {"alpha_pattern": {"to_q": 8}}, {"alpha_pattern": {"to_q": "12"}}, {"alpha_pattern": {"to_q": None}},
        {"alpha_pattern": None}, {"alpha_pattern": []}, {"alpha_pattern": "x"}, {"alpha_pattern": {"to_q(": 8}},
        {"alpha_pattern": {"[": 8}}, {"alpha_pattern": {"*": 8}}, {"alpha_pattern": {"(?i)TO_Q": 8}},
        {"alpha_pattern": {"(?i:TO_Q)": 8}}, {"alpha_pattern": {"^single.*": 8}}, {"alpha_pattern": {"^to_q": 8}},
        {"alpha_pattern": {Q: 12, "to_q": 2}}, {"alpha_pattern": {"to_q": 2, Q: 12}}, {"alpha_pattern": {f"^{Q}$": 12}},
        {"rank_pattern": {"to_q": 4}, "r": 2}, {"rank_pattern": {"to_q": 8}}, {"rank_pattern": {"to_q": "4"}},
        {"rank_pattern": None}, {"rank_pattern": {"to_k": 8}}, {"rank_pattern": {"to_q": 0}}, {"rank_pattern": {"[": 4}},
        {"bias": None}, {"bias": "x"}, {"lora_dropout": "0"}, {"lora_dropout": None}, {"lora_dropout": 2.0},
        {"lora_dropout": 0.1}, {"init_lora_weights": "gaussian"}, {"init_lora_weights": "pissa"},
        {"init_lora_weights": "olora"}, {"init_lora_weights": "nonsense"}, {"init_lora_weights": False},
        {"target_modules": 3}, {"target_modules": ".*to_q"}, {"target_parameters": ["x"]}, {"layer_replication": [[0, 1]]},
        {"trainable_token_indices": [1]}, {"modules_to_save": ["proj_out"]},
    ]
    # fmt: on
    configs = [{**base, **change} for change in changes]
    configs += [{key: value for key, value in base.items() if key != missing} for missing in ("lora_alpha", "r")]
    file = pairs({f"transformer.{Q}": (DIM, DIM), f"transformer.{SINGLE_Q}": (DIM, DIM)}, 4)
    found = []
    for config in configs:
        packed = json.dumps({f"transformer.{key}": value for key, value in config.items()})
        try:
            deltas_ = by_diffusers(file, {"lora_adapter_metadata": packed})
        except Exception:
            scales = None
        else:
            plain = {n: file[f"transformer.{n}.lora_B.weight"] @ file[f"transformer.{n}.lora_A.weight"] for n in (Q, SINGLE_Q)}
            scales = [round((deltas_[n].sum() / plain[n].sum()).item(), 4) + 0.0 for n in (Q, SINGLE_Q)]
        found.append({"config": config, "scales": scales})
    return found


# fmt: off
PATTERNS = [
    "to_q", "^to_q", "^transformer_blocks.0.attn.to_q", "attn.to_q", "to_[qk]", "to_(q|k)", ".*", "", "$", "^.*$", "^$",
    r"transformer_blocks\.\d+\.attn\.to_q", r"transformer_blocks\.\d{2}\..*", r"transformer_blocks\.\d{,1}\..*",
    "(?i:TO_Q)", "(?i)TO_Q", "(?:to_q|proj_out)", "to_q(", "to_q)", "(to_q", "[", "[a", "[]q]", "to_[^]q]", "to_[^]k]",
    "[z-a]", "*", "+a", "a**", "to_q*?", "to_{1}q", "to_{q", "to_{,}q", "to_{}q", "{3}", "{q}", "to_q{2,1}", r"\y", r"\d",
    r"\Ato_q", r"^transformer_blocks.*\Z", r"to_q\b", r"\Bo_q", "to_q|nothing", "a)|(.*", "to_)(q", "(?P<x>to)_q",
    "(?P<x>to)_(?P<x>q)", "(?=to)to_q", "(?!to)to_q", "(?<=_)q", "to_(?<!_)q", "to_(?<=o_)q", "(?<=a*)q", "(?#c)to_q",
    "(?#c", "(?z)", "(?-i:to_q)", "(?s:.*)", "(?i-i:a)", r"\x74o_q", r"\x7", r"\164o_q", r"\u0074o_q", r"to\_q", r"to\-q",
    r"[\w.]+", r"[\d]", r"[\w-x]", r"[a-\d]", "[-a]", "[a-]", r"[^.]*\.to_q", "single_.*", ".+proj.*", "(a|b", "\\", "to_q\\",
    "(?:", "(?", "(?<", "(?P", "(?P<", "(?P<1>a)", "^*", "(?:^)*to_q", "$+", "to_q?", "to_q{1}", "to_q{2}", "to_q{0,1}{2}",
    "(?:t|to)(?:_q|o_q)", "((((to_q))))", "(t*o*_*q*)*", "(?:to_?){1,3}q", "transformer_blocks.(0|1[0-9]).attn.to_(q|out.0)",
    "to_q|", "|to_q", "()", "(?:)*to_q", "{", "}", "a{,3}", "(?<=to_)(?:q|k)", "(?<=(?:a|bc))q", r"[\b]", r"[\A]", r"[\8]",
]
# fmt: on
NAMES = [
    Q, SINGLE_Q, "single_transformer_blocks.12.proj_out", "proj_out", f"{DOUBLE}.ff.net.0.proj",
    "transformer_blocks.10.attn.to_out.0", "x_embedder",
]  # fmt: skip


def matches(pattern):
    """Whether PEFT finds the pattern in each name; None where Python's re raises."""
    try:
        return [bool(re.match(rf"(.*\.)?({pattern})$", name)) for name in NAMES]
    except re.error:
        return None


def json_bytes(value):
    return (json.dumps(value, indent=1) + "\n").encode()


def make():
    """{path: content}"""
    quiet()
    warnings.simplefilter("ignore")
    from diffusers.utils import logging

    logging.set_verbosity(logging.CRITICAL)
    cases = dialects()
    files = {f"{name}.safetensors": save(file, metadata) for name, (file, metadata, _) in cases.items()}
    folder, found = peft_folder()
    files |= {f"peft/{name}": content for name, content in folder.items()}
    expected = {f"{name}/{linear}": projected(d) for name, (_, _, list_) in cases.items() for linear, d in list_.items()}
    expected |= {f"peft/{linear}": projected(delta) for linear, delta in found.items()}
    files["expected.safetensors"] = save(expected)
    patterns = [{"pattern": pattern, "matches": matches(pattern)} for pattern in PATTERNS]
    files["rules.json"] = json_bytes({"linears": [Q, SINGLE_Q], "configs": verdicts(), "names": NAMES, "patterns": patterns})
    return files


def same_bytes(path, old, new):
    """Equal, apart from the order of a safetensors file's metadata, which its writer leaves to chance."""
    if not path.endswith(".safetensors"):
        return old == new
    (old_header, old_data), (new_header, new_data) = map(split, (old, new))
    return old_header == new_header and old_data == new_data


def split(file):
    length = int.from_bytes(file[:8], "little")
    return json.loads(file[8 : 8 + length]), file[8 + length :]


def complaint(files):
    for path, content in files.items():
        there = FOLDER / path
        if not there.exists():
            return f"{there} is missing: run lora_golden.py."
        if path == "expected.safetensors":
            old, new = load_file(there), {}
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "x").write_bytes(content)
                new = load_file(Path(folder) / "x")
            if set(old) != set(new):
                return f"{there} has other tensors: {sorted(set(old) ^ set(new))[:3]}."
            worst = max(new, key=lambda name: relative_l2(old[name], new[name]))
            if relative_l2(old[worst], new[worst]) > 1e-5:
                return f"{there}: {worst} differs."
        elif path != "peft/adapter_config.json" and not same_bytes(path, there.read_bytes(), content):
            return f"{there} differs."
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    files = make()
    if args.check:
        if sentence := complaint(files):
            sys.exit(sentence)
        print(f"lora: {len(files)} files reproduced")
        return
    for path, content in files.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(content)
    print(f"{FOLDER}: {sum(len(c) for c in files.values()):,} bytes")


if __name__ == "__main__":
    main()
