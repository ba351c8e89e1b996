"""Whether the parts of a base fit one another: calls of the transformer and the decoder on the meta device, where no weight is
read and nothing computed."""

import torch

from .base import Base
from .errors import UserError, first_line


class Shapes(Base):
    """A base of sizes alone."""

    def _load(self, part, classes, device):
        config = getattr(self.about, part)
        return self.tried(part, lambda: classes[config["_class_name"]].from_config(config).requires_grad_(False))

    def _texts(self):
        return Texts(*self.about.text_widths)

    def tried(self, part, work, what="the config cannot be used"):
        """What work() gives on the meta device. Raises UserError naming the part."""
        try:
            with torch.device("meta"):
                return work()
        except UserError:
            raise
        except Exception as error:  # whatever the library says of sizes that do not fit
            raise UserError(f"{self.folder}/{part}: {what}: {first_line(error)}.") from None


class Texts:
    """Prompts of these widths."""

    def __init__(self, width, pooled):
        self.width, self.pooled = width, pooled

    def states(self, texts):
        tokens = torch.empty(len(texts), 4, self.width)
        return tokens, None if self.pooled is None else torch.empty(len(texts), self.pooled)


def check_fit(folder, steps):
    """Raises UserError where the noise levels of a rollout of so many steps, a velocity or a picture cannot be computed."""
    base = Shapes(folder, device="meta")
    base.tried("scheduler", lambda: base.sigmas(steps))
    x0 = torch.empty(1, folder.tokens, folder.channels, device="meta")
    base.tried("transformer", lambda: base.velocity(x0, 0.5, [""], 1.0), "the config's sizes do not fit one another")
    picture = base.tried("vae", lambda: base.decode(x0), "does not take the transformer's latents")
    if picture.shape[1:] != (3, folder.height, folder.width):
        raise UserError(f"{folder.path}/vae: decodes latents to {list(picture.shape[1:])}, expected [3, {folder.height}, {folder.width}].")
