"""A base bundle, loaded with diffusers, transformers, tokenizers and onnxruntime.

A bundle is a folder in diffusers' layout plus `bundle.json`. Everything is read from its configs;
nothing here knows mini-flux. Weights of any stored precision are computed with in `dtype`.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from diffusers import Flux2Transformer2DModel, FluxTransformer2DModel
from safetensors.torch import load_file
from tokenizers import Tokenizer

from quiet import quiet
from rewards import AestheticReward, ClipReward
from taef2 import load_vae

TRANSFORMERS = {c.__name__: c for c in (FluxTransformer2DModel, Flux2Transformer2DModel)}


class Bundle:
    """The parts of one bundle.

    width, height: image size in pixels. max_length: text tokens. grid: (rows, columns) of packed
    image tokens. channels: channels of one packed token (4 × latent channels).
    """

    def __init__(self, folder, dtype=torch.float32):
        quiet()
        self.folder = Path(folder)
        self.dtype = dtype
        about = json.loads((self.folder / "bundle.json").read_text())
        self.name = about["name"]
        self.width, self.height = about["image"]["width"], about["image"]["height"]
        self.max_length = about["text"]["max_length"]
        self.reward_names = about["rewards"]

        config = json.loads((self.folder / "transformer/config.json").read_text())
        self.is_flux2 = config["_class_name"] == "Flux2Transformer2DModel"
        self.transformer = _frozen(
            TRANSFORMERS[config["_class_name"]].from_pretrained(
                self.folder / "transformer", torch_dtype=dtype, low_cpu_mem_usage=False
            )
        )
        vae, self.statistics_eps = load_vae(self.folder / "vae", dtype)
        self.vae = _frozen(vae)
        self.scheduler = json.loads((self.folder / "scheduler/scheduler_config.json").read_text())

        self.channels = self.transformer.config.in_channels
        factor = self.vae.config.upsampling_scaling_factor ** (len(self.vae.config.num_decoder_blocks) - 1)
        self.grid = (self.height // factor // 2, self.width // factor // 2)

        self._tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer/tokenizer.json"))
        self._tokenizer.enable_truncation(self.max_length)
        padding = self._tokenizer.padding or {}
        self._tokenizer.enable_padding(
            length=self.max_length, pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]")
        )
        self._encoder = onnxruntime.InferenceSession(
            str(self.folder / "text_encoder/model.onnx"), providers=["CPUExecutionProvider"]
        )
        self._rewards = {}

    def encode_text(self, prompts):
        """Tokens [n, max_length, hidden], zero at padding, and pooled [n, hidden], the L2-normalised
        mean over the real tokens ([CLS] and [SEP] included)."""
        encoded = self._tokenizer.encode_batch(list(prompts))
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        (hidden,) = self._encoder.run(
            ["last_hidden_state"],
            {"input_ids": np.array([e.ids for e in encoded], dtype=np.int64), "attention_mask": mask},
        )
        mask = torch.from_numpy(mask)[:, :, None].to(self.dtype)
        tokens = torch.from_numpy(hidden).to(self.dtype) * mask
        pooled = tokens.sum(1) / mask.sum(1)
        return tokens, torch.nn.functional.normalize(pooled, dim=-1)

    def velocity(self, x, sigma, tokens, pooled, guidance):
        """One forward of the transformer: v for packed x [n, tokens, channels] at noise level sigma.

        The timestep input is sigma itself (diffusers multiplies by 1000); guidance is the embedded
        scalar and unused where the transformer has no `guidance_embeds`.
        """
        n = len(x)
        rows, columns = self.grid
        axes = 4 if self.is_flux2 else 3
        image_ids = torch.zeros(rows, columns, axes)
        image_ids[..., 1] = torch.arange(rows)[:, None]
        image_ids[..., 2] = torch.arange(columns)[None, :]
        text_ids = torch.zeros(tokens.shape[1], axes)
        if self.is_flux2:
            text_ids[:, 3] = torch.arange(tokens.shape[1])
        return self.transformer(
            hidden_states=x,
            encoder_hidden_states=tokens,
            **({} if self.is_flux2 else {"pooled_projections": pooled}),
            timestep=torch.full((n,), sigma, dtype=x.dtype),
            guidance=torch.full((n,), guidance, dtype=x.dtype) if self.has_guidance else None,
            img_ids=image_ids.reshape(rows * columns, axes),
            txt_ids=text_ids,
            return_dict=False,
        )[0]

    @property
    def has_guidance(self):
        return self.transformer.config.guidance_embeds

    def unpack(self, x):
        """Packed [n, tokens, 4·C] to latents [n, C, h, w]: a token is a 2×2 patch, channel first
        (as FluxPipeline._unpack_latents)."""
        rows, columns = self.grid
        n, _, channels = x.shape
        x = x.view(n, rows, columns, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
        return x.reshape(n, channels // 4, 2 * rows, 2 * columns)

    def decode(self, x0):
        """Packed latents to images [n, 3, H, W] in [0, 1], clamped."""
        config = self.vae.config
        if self.statistics_eps is not None:
            deviation = (self.vae.bn.running_var + self.statistics_eps).sqrt()
            latents = self.unpack(x0 * deviation + self.vae.bn.running_mean)
        else:
            latents = self.unpack(x0) / config.scaling_factor + config.shift_factor
        return (self.vae.decode(latents).sample / 2 + 0.5).clamp(0, 1)

    def encode_image(self, image):
        """The encoder's raw output [n, C, h, w] for images [n, 3, H, W] in [0, 1]."""
        return self.vae.encode(image * 2 - 1).latents

    def reward(self, name):
        """The reward model `clip`, `preference` (both `ClipReward`) or `aesthetic` (`AestheticReward`)."""
        if name not in self.reward_names:
            raise SystemExit(f"{self.folder}: has no reward '{name}'; it has {', '.join(self.reward_names)}.")
        if name not in self._rewards:
            folder = self.folder / "rewards" / name
            if (folder / "head.safetensors").exists():
                config = json.loads((folder / "config.json").read_text())
                head = load_file(folder / "head.safetensors")
                score_range = config.get("range", [0, 10])
                self._rewards[name] = AestheticReward(head, self.reward(config["backbone"]), self.dtype, score_range)
            else:
                self._rewards[name] = ClipReward(folder, self.dtype)
        return self._rewards[name]


def _frozen(model):
    return model.eval().requires_grad_(False)
