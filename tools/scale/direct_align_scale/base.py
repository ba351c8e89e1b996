"""The base model: a folder in diffusers' layout, a studio's bundle among them.

    transformer/ (FluxTransformer2DModel or Flux2Transformer2DModel), vae/ (AutoencoderTiny, AutoencoderKL or
    AutoencoderKLFlux2), scheduler/, rewards/NAME/; tokenizer/ and text_encoder/model.onnx, or an embeddings file
"""

import hashlib
import inspect
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

from .errors import UserError, first_line
from .files import check_whole, read_object
from .rewards import Rewards, TwoTowers, kinds_of
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
        self.about = _config(self.path / "bundle.json") if (self.path / "bundle.json").is_file() else {}
        self.transformer = self._part("transformer", TRANSFORMERS)
        self.vae = self._part("vae", DECODERS)
        self.scheduler = _config(self.path / "scheduler/scheduler_config.json")
        self.is_flux2 = self.transformer["_class_name"] == "Flux2Transformer2DModel"
        self.factor = _factor(self.vae)
        image = self._described("image")
        self.width, self.height = size or (image.get("width", 512), image.get("height", 512))
        for side in (self.width, self.height):
            if not isinstance(side, int) or side < 1 or side % (2 * self.factor):
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

    def _described(self, key):
        """bundle.json's entry, empty where there is none."""
        value = self.about.get(key, {})
        if not isinstance(value, dict):
            raise UserError(f'{self.path}/bundle.json: "{key}" is no object.')
        return value

    @property
    def text_length(self):
        """Tokens of a prompt that the base's own text encoder reads; None where bundle.json does not say."""
        length = self._described("text").get("max_length")
        return length if isinstance(length, int) and length > 0 else None

    @property
    def text_widths(self):
        """Widths of a prompt's tokens and of its pooled text, None where the transformer reads none."""
        config = self.transformer
        return config["joint_attention_dim"], None if self.is_flux2 else config["pooled_projection_dim"]

    def _part(self, part, classes):
        config = _config(self.path / part / "config.json")
        name = config.get("_class_name")
        if name not in classes:
            raise UserError(f"{self.path}/{part}/config.json: describes {name}, expected one of {', '.join(classes)}.")
        if named := [key for key in ("use_midblock_gn", "batch_norm_eps") if name == "AutoencoderTiny" and config.get(key)]:
            raise UserError(
                f'{self.path}/{part}/config.json: "{named[0]}" is of TAEF2, which diffusers does not have: '
                "take the base's own AutoencoderKLFlux2."
            )
        for file in self.weight_files(part):
            check_whole(file)
        # Defaults that the file leaves out are the class's own.
        return {**_defaults(classes[name]), **config}

    def weight_files(self, part):
        """The weight files of a part, in name order. Raises UserError naming one that is missing."""
        folder = self.path / part
        index = folder / "diffusion_pytorch_model.safetensors.index.json"
        if index.is_file():
            shards = _config(index).get("weight_map")
            if not isinstance(shards, dict) or not shards or not all(isinstance(name, str) for name in shards.values()):
                raise UserError(f'{index}: has no "weight_map", the file of each tensor; fetch the whole folder of the model.')
            names = sorted(set(shards.values()))
        else:
            names = ["diffusion_pytorch_model.safetensors"]
        if missing := next((name for name in names if not (folder / name).is_file()), None):
            raise UserError(f"{folder}: has no {missing}, the weights of the base; fetch the whole folder of the model.")
        return [folder / name for name in names]

    def reward_bytes(self, names):
        """Bytes of the weight files of these rewards and of what their heads sit on."""
        opened = kinds_of(self.path, names, self.reward_names)
        return sum(f.stat().st_size for name in opened for f in (self.path / "rewards" / name).glob("*.safetensors"))

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
        if self.text_length is None:
            raise UserError(f'{self.path}/bundle.json: names no "text.max_length", the tokens of a prompt.')

    def encoder(self):
        return EmbeddingsFile(self.embeddings) if self.embeddings else BundleEncoder(self.path, self.text_length)

    @cached_property
    def fingerprint(self):
        """Tells bases apart at little cost, for a resume: the transformer's config, and size and end of its weight files."""
        digest = hashlib.sha256(repr(sorted(self.transformer.items())).encode())
        for file in self.weight_files("transformer"):
            with file.open("rb") as stream:
                size = stream.seek(0, 2)
                stream.seek(max(0, size - (1 << 16)))
                digest.update(f"{file.name} {size} ".encode() + stream.read())
        return digest.hexdigest()

    @cached_property
    def sha256(self):
        """Names the base: bundle.json's entry of the transformer's single weight file, else the hash of all of them one
        after the other in name order."""
        files = self.weight_files("transformer")
        listed = self._described("files").get(f"transformer/{files[0].name}") if len(files) == 1 else None
        if isinstance(listed, dict) and isinstance(listed.get("sha256"), str):
            return listed["sha256"]
        digest = hashlib.sha256()
        for file in files:
            with file.open("rb") as stream:
                while chunk := stream.read(1 << 24):
                    digest.update(chunk)
        return digest.hexdigest()


class Base:
    """A base in memory: transformer, decoder, text, rewards. Arithmetic is in `dtype`, under `autocast` where there is one.
    shares: rewards to open before the transformer, which takes longest.

    `adapter` and, where the transformer is spread over processes, `call` are set by who trains.
    """

    def __init__(
        self, folder, device="cpu", dtype=torch.float32, checkpointing=False, process=0, spread=False, autocast=nullcontext,
        shares=None,
    ):  # fmt: skip
        self.folder, self.about = folder.path, folder
        self.device, self.dtype, self.process = device, dtype, process
        self.reward_names = folder.reward_names
        self.autocast = autocast
        self.text = self._texts()
        self.vae = self._load("vae", DECODERS, device)
        self.rewards = None
        if shares is not None:
            self.open_rewards(shares)
        # One that is to be spread over processes stays on the CPU until then.
        self.transformer = self._load("transformer", TRANSFORMERS, "cpu" if spread else device)
        if not folder.is_flux2:
            self.transformer.time_text_embed.register_forward_pre_hook(self._with_exact_levels)
        if checkpointing:
            self.transformer.enable_gradient_checkpointing()
            checkpoint_stages(self.vae)
        self.call = self.transformer
        self.adapter = None
        self.has_guidance = bool(folder.transformer.get("guidance_embeds", False))

    def _texts(self):
        return TextStates(self.about.encoder(), self.device, self.dtype)

    def _load(self, part, classes, device):
        config = getattr(self.about, part)
        try:
            model, found = classes[config["_class_name"]].from_pretrained(
                self.folder / part, dtype=self.dtype, output_loading_info=True
            )
        except Exception as error:  # a damaged file, a tensor of another size: whatever the library says of it
            raise UserError(f"{self.folder}/{part}: cannot be loaded: {first_line(error, 200)}.") from None
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
        self._levels = [torch.full((n,), sigma, dtype=x.dtype, device=x.device)]
        if self.has_guidance:
            self._levels.append(torch.full((n,), guidance, dtype=x.dtype, device=x.device))
        inputs = {
            "hidden_states": x,
            "encoder_hidden_states": tokens,
            # σ itself: diffusers multiplies it by 1000.
            "timestep": self._levels[0],
            "guidance": self._levels[1] if self.has_guidance else None,
            "img_ids": self._image_ids,
            "txt_ids": self._text_ids(length),
            "return_dict": False,
        }
        if not self.about.is_flux2:
            inputs["pooled_projections"] = pooled
        with self.autocast():
            return self.call(**inputs)[0].to(x.dtype)

    def _with_exact_levels(self, _, given):
        """What FLUX.1's embedding of σ and guidance is given. diffusers brings both to the dtype of the embedded latents, bf16
        under autocast, where levels 0.96 and 0.962 are one."""
        return (*(level * 1000 for level in self._levels), given[-1])

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
    for name, (kind, _) in kinds_of(folder.path, shares, folder.reward_names).items():
        if name in shares and kind is TwoTowers and folder.text_widths[1] is None:
            raise UserError(f'{folder.path}/rewards/{name}: reads a pooled text, which the base has none of; take a CLIPModel.')
        for file in (folder.path / "rewards" / name).glob("*.safetensors"):
            check_whole(file)


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
    parameters = inspect.signature(model.__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def _config(path):
    return read_object(path, "a base is a folder in diffusers' layout")
