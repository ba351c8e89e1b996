"""What stages work with: the config, the folder, the device, and what earlier stages made."""

from functools import cached_property
from pathlib import Path

import torch

from . import networks
from .captions import Captions
from .config import as_json
from .errors import UserError
from .flow import unpacked
from .folder import Folder, write_torch
from .gallery import Gallery
from .text import text_folder


class Work:
    """checkpoint_seconds: between checkpoints. stop_after: a step after which to save and stop, for tests."""

    def __init__(self, config, out, device=None, text=None, quiet=False, checkpoint_seconds=60.0, stop_after=None):
        self.config, self.folder = config, Folder(out)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.text = Path(text) if text else None
        self.quiet, self.checkpoint_seconds, self.stop_after = quiet, checkpoint_seconds, stop_after
        torch.manual_seed(config.seed)

    def settings(self, stage):
        """The settings that the stage's result depends on, those of what it needs among them."""
        from .stages import STAGES

        names, waiting = set(), [stage]
        while waiting:
            names.add(name := waiting.pop())
            waiting += STAGES[name].NEEDS
        everything = as_json(self.config)
        return {"seed": self.config.seed} | {STAGES[n].PART: everything[STAGES[n].PART] for n in STAGES if n in names}

    def text_folder(self):
        return text_folder(self.text)

    @cached_property
    def gallery(self):
        return Gallery(self.folder, self.device)

    @cached_property
    def captions(self):
        return Captions(self.folder, self.config.captions, self.device)

    def grid(self, name):
        return self.folder.path / "grids" / f"{name}.png"

    def begin(self, stage):
        """Fixes the weights that networks begin with, whatever ran before in this process."""
        torch.manual_seed(self.config.seed)
        for kept in ("gallery", "captions", "autoencoder", "clip"):
            self.__dict__.pop(kept, None)

    def save(self, stage, network):
        write_torch(self.folder.of(stage) / "weights.pt", {k: v.cpu() for k, v in network.state_dict().items()})

    def load(self, stage, network):
        """The network with a stage's weights, on the device, frozen."""
        path = self.folder.of(stage) / "weights.pt"
        try:
            network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:  # noqa: BLE001: torch raises many kinds for a damaged file
            what = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
            raise UserError(f"{path}: cannot be read ({what}); make it again with --from {stage}.") from None
        return network.to(self.device).eval().requires_grad_(False)

    @cached_property
    def autoencoder(self):
        return self.load("autoencoder", networks.autoencoder(self.config.autoencoder))

    @cached_property
    def clip(self):
        return self.load("reward", self.new_clip())

    def new_clip(self):
        return networks.ClipReward(self.config.reward, self.config.pictures.size, self.captions.hidden)

    @property
    def side(self):
        """Image tokens in a row."""
        return self.config.pictures.size // 16

    def encode(self, x):
        """Latents [n, c, h/8, w/8] of pictures in 0 … 1."""
        return self.autoencoder.encode(x * 2 - 1).latents

    def decode(self, latents):
        """Pictures in 0 … 1."""
        return (self.autoencoder.decode(latents).sample / 2 + 0.5).clamp(0, 1)

    def picture(self, tokens):
        """Pictures of packed latents."""
        return self.decode(unpacked(tokens, self.side))
