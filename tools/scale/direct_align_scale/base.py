"""The base model: a folder in diffusers' layout, a studio's bundle among them.

    transformer/ (FluxTransformer2DModel or Flux2Transformer2DModel), vae/ (AutoencoderTiny, AutoencoderKL or
    AutoencoderKLFlux2), scheduler/, rewards/NAME/; tokenizer/ and text_encoder/model.onnx, or an embeddings file
"""

import hashlib
import json
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderTiny,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
)
from diffusers.utils import logging as diffusers_logging

from .errors import UserError
from .rewards import Rewards, kind_of
from .schedule import sigmas
from .stages import checkpoint_stages
from .text import BundleEncoder, EmbeddingsFile, TextStates

TRANSFORMERS = {c.__name__: c for c in (FluxTransformer2DModel, Flux2Transformer2DModel)}
DECODERS = {c.__name__: c for c in (AutoencoderTiny, AutoencoderKL, AutoencoderKLFlux2)}

diffusers_logging.set_verbosity_error()
diffusers_logging.disable_progress_bar()


class Folder:
    """What a base's folder holds, checked from its configs and file names alone. Raises UserError for what is missing."""

    def __init__(self, path, size=None, embeddings=None, text=True):
        self.path = Path(path)
        if not self.path.is_dir():
            raise UserError(f"{self.path}: there is no such folder; give the base model's with --model.")
        self.about = _json(self.path / "bundle.json") if (self.path / "bundle.json").is_file() else {}
        self.transformer = self._part("transformer", TRANSFORMERS)
        self.vae = self._part("vae", DECODERS)
        self.scheduler = _json(self.path / "scheduler/scheduler_config.json")
        self.name = self.about.get("name", self.path.name)
        self.is_flux2 = self.transformer["_class_name"] == "Flux2Transformer2DModel"
        self.factor = _factor(self.vae)
        image = self.about.get("image", {})
        self.width, self.height = size or (image.get("width", 512), image.get("height", 512))
        for side in (self.width, self.height):
            if side < 1 or side % (2 * self.factor):
                raise UserError(f"The picture's side is {side}, expected a multiple of {2 * self.factor} pixels: see --size.")
        self.grid = (self.height // self.factor // 2, self.width // self.factor // 2)
        self.channels = self.transformer["in_channels"]
        rewards = self.path / "rewards"
        self.reward_names = sorted(p.name for p in rewards.iterdir() if p.is_dir()) if rewards.is_dir() else []
        self.embeddings = Path(embeddings) if embeddings else self._own_embeddings()
        if text:
            self._check_text()

    @property
    def tokens(self):
        """Image tokens of a picture."""
        return self.grid[0] * self.grid[1]

    def _part(self, part, classes):
        config = _json(self.path / part / "config.json")
        name = config.get("_class_name")
        if name not in classes:
            raise UserError(f"{self.path}/{part}/config.json: describes {name}, expected one of {', '.join(classes)}.")
        if named := [key for key in ("use_midblock_gn", "batch_norm_eps") if name == "AutoencoderTiny" and config.get(key)]:
            raise UserError(
                f'{self.path}/{part}/config.json: "{named[0]}" is of TAEF2, which diffusers does not have: '
                "take the base's own AutoencoderKLFlux2."
            )
        self.weight_files(part)
        # Defaults that the file leaves out are the class's own.
        return {**_defaults(classes[name]), **config}

    def weight_files(self, part):
        """The weight files of a part, in name order. Raises UserError naming one that is missing."""
        folder = self.path / part
        index = folder / "diffusion_pytorch_model.safetensors.index.json"
        if index.is_file():
            names = sorted(set(_json(index)["weight_map"].values()))
        else:
            names = ["diffusion_pytorch_model.safetensors"]
        if missing := next((name for name in names if not (folder / name).is_file()), None):
            raise UserError(f"{folder}: has no {missing}, the weights of the base; fetch the whole folder of the model.")
        return [folder / name for name in names]

    def reward_bytes(self, names):
        """Bytes of these rewards' weight files."""
        return sum(f.stat().st_size for name in names for f in (self.path / "rewards" / name).glob("*.safetensors"))

    def _own_embeddings(self):
        file = self.path / "embeddings.safetensors"
        return file if file.is_file() else None

    def _check_text(self):
        if self.embeddings:
            if not self.embeddings.is_file():
                raise UserError(f"{self.embeddings}: there is no such file; `encode` writes it.")
            return
        needed = ["tokenizer/tokenizer.json", "text_encoder/model.onnx"]
        if missing := next((name for name in needed if not (self.path / name).is_file()), None):
            raise UserError(
                f"{self.path}: has no {missing}, so its prompts are to be encoded before: "
                "`python -m direct_align_scale encode --run RUN --model FOLDER --out FILE`, then --embeddings FILE."
            )

    def encoder(self):
        if self.embeddings:
            return EmbeddingsFile(self.embeddings)
        return BundleEncoder(self.path, self.about["text"]["max_length"])

    @cached_property
    def sha256(self):
        """Names the base: bundle.json's entry of the transformer's single weight file, else the hash of all of them one
        after the other in name order."""
        files = self.weight_files("transformer")
        listed = self.about.get("files", {}).get(f"transformer/{files[0].name}") if len(files) == 1 else None
        if listed:
            return listed["sha256"]
        digest = hashlib.sha256()
        for file in files:
            with file.open("rb") as stream:
                while chunk := stream.read(1 << 24):
                    digest.update(chunk)
        return digest.hexdigest()


class Base:
    """A base in memory: transformer, decoder, text, rewards. Arithmetic is in `dtype`, under `autocast` where there is one.

    `adapter` and, where the transformer is spread over processes, `call` are set by who trains.
    """

    def __init__(self, folder, device="cpu", dtype=torch.float32, checkpointing=False, process=0, spread=False):
        self.folder, self.about = folder.path, folder
        self.device, self.dtype, self.process = device, dtype, process
        self.reward_names = folder.reward_names
        # One that is to be spread over processes stays on the CPU until then.
        self.transformer = self._load("transformer", TRANSFORMERS, "cpu" if spread else device)
        self.vae = self._load("vae", DECODERS, device)
        if checkpointing:
            self.transformer.enable_gradient_checkpointing()
            checkpoint_stages(self.vae)
        self.call = self.transformer
        self.adapter = None
        self.autocast = nullcontext
        self.text = TextStates(folder.encoder(), device, dtype)
        self.rewards = None
        self.has_guidance = bool(folder.transformer.get("guidance_embeds", False))

    def _load(self, part, classes, device):
        config = getattr(self.about, part)
        try:
            model, found = classes[config["_class_name"]].from_pretrained(
                self.folder / part, dtype=self.dtype, output_loading_info=True
            )
        except Exception as error:  # a damaged file, a tensor of another size: whatever the library says of it
            line = str(error).strip().splitlines()[0]
            raise UserError(f"{self.folder}/{part}: cannot be loaded: {line[:200]}") from None
        if missing := found["missing_keys"]:
            raise UserError(f"{self.folder}/{part}: the weights have no {sorted(missing)[0]}, which config.json asks for.")
        return model.eval().requires_grad_(False).to(device)

    def frozen(self, model):
        return model.eval().requires_grad_(False).to(self.device)

    def open_rewards(self, shares):
        self.rewards = Rewards(self, shares)

    def sigmas(self, steps):
        return sigmas(self.about.scheduler, steps, self.about.tokens, self.about.is_flux2)

    def mine(self, rows, n):
        """This process's n rows out of those of all processes."""
        return rows[self.process * n : (self.process + 1) * n]

    def velocity(self, x, sigma, prompts, guidance):
        """v for packed x [n, tokens, channels] at noise level sigma, in x's dtype; guidance is the embedded scalar."""
        tokens, pooled = self.text.states(prompts)
        n, length = tokens.shape[:2]
        inputs = {
            "hidden_states": x,
            "encoder_hidden_states": tokens,
            # σ itself, in x's precision: diffusers multiplies it by 1000.
            "timestep": torch.full((n,), sigma, dtype=x.dtype, device=x.device),
            "guidance": torch.full((n,), guidance, dtype=x.dtype, device=x.device) if self.has_guidance else None,
            "img_ids": self._image_ids,
            "txt_ids": self._text_ids(length),
            "return_dict": False,
        }
        if not self.about.is_flux2:
            inputs["pooled_projections"] = pooled
        with self.autocast():
            return self.call(**inputs)[0].to(x.dtype)

    @cached_property
    def _image_ids(self):
        """FLUX.1: (0, row, column); FLUX.2: (0, row, column, 0)."""
        rows, columns = self.about.grid
        ids = torch.zeros(rows, columns, 4 if self.about.is_flux2 else 3, device=self.device)
        ids[..., 1] = torch.arange(rows, device=self.device)[:, None]
        ids[..., 2] = torch.arange(columns, device=self.device)[None, :]
        return ids.reshape(rows * columns, -1)

    def _text_ids(self, length):
        """FLUX.1: zeros; FLUX.2: (0, 0, 0, token)."""
        ids = torch.zeros(length, 4 if self.about.is_flux2 else 3, device=self.device)
        if self.about.is_flux2:
            ids[:, 3] = torch.arange(length, device=self.device)
        return ids

    def decode(self, x0):
        """Packed latents to pictures [n, 3, H, W] in [0, 1], clamped."""
        n = len(x0)
        rows, columns = self.about.grid
        if self.about.is_flux2 and hasattr(self.vae, "bn"):
            mean, deviation = self._statistics(x0)
            x0 = x0 * deviation + mean
        # A token is a 2×2 patch, channel first.
        x = x0.view(n, rows, columns, -1, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, -1, 2 * rows, 2 * columns)
        if not self.about.is_flux2:
            x = x / self.vae.config.scaling_factor + (self.vae.config.shift_factor or 0.0)
        decoded = self.vae.decode(x.to(self.dtype)).sample.to(x0.dtype)
        return (decoded / 2 + 0.5).clamp(0, 1)

    @torch.no_grad()
    def encode(self, pictures):
        """Pictures [n, 3, H, W] in [0, 1] to packed latents; the middle of the encoder's distribution where it has one."""
        with self.autocast():
            encoded = self.vae.encode((pictures * 2 - 1).to(self.device, self.dtype))
        x = (encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()).float()
        if not self.about.is_flux2:
            x = (x - (self.vae.config.shift_factor or 0.0)) * self.vae.config.scaling_factor
        rows, columns = self.about.grid
        x = x.view(len(x), -1, rows, 2, columns, 2).permute(0, 2, 4, 1, 3, 5).reshape(len(x), rows * columns, -1)
        if self.about.is_flux2 and hasattr(self.vae, "bn"):
            mean, deviation = self._statistics(x)
            x = (x - mean) / deviation
        return x

    def _statistics(self, x):
        """FLUX.2's mean and deviation of a packed token's channels."""
        variance = self.vae.bn.running_var + self.vae.config.batch_norm_eps
        return self.vae.bn.running_mean.to(x), variance.sqrt().to(x)


def check_rewards(folder, shares):
    """Raises UserError for a reward that the base has not, or that is not what it should be."""
    for name in shares:
        kind_of(folder.path, name, folder.reward_names)


def block_classes(transformer):
    """Names of the classes of the transformer's blocks."""
    return sorted(
        {type(block).__name__ for part in (transformer.transformer_blocks, transformer.single_transformer_blocks) for block in part}
    )


def _factor(vae):
    if vae["_class_name"] == "AutoencoderTiny":
        return vae["upsampling_scaling_factor"] ** (len(vae["num_decoder_blocks"]) - 1)
    return 2 ** (len(vae["block_out_channels"]) - 1)


def _defaults(model):
    import inspect

    parameters = inspect.signature(model.__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def _json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(f"{path}: is missing; a base is a folder in diffusers' layout.") from None
    except ValueError:
        raise UserError(f"{path}: is not JSON.") from None
