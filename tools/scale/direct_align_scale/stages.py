"""Checkpointing of a decoder by its stages: of each only the input is kept, the rest computed again in the backward pass."""

import torch
from diffusers import AutoencoderTiny
from torch.utils.checkpoint import checkpoint


class Stages(torch.nn.Module):
    """A sequence of layers in stages, each of which ends with an upsampling."""

    def __init__(self, layers):
        super().__init__()
        self.stages, stage = torch.nn.ModuleList(), []
        for layer in layers:
            stage.append(layer)
            if isinstance(layer, torch.nn.Upsample):
                self.stages.append(torch.nn.Sequential(*stage))
                stage = []
        if stage:
            self.stages.append(torch.nn.Sequential(*stage))

    def forward(self, x):
        for stage in self.stages:
            x = checkpoint(stage, x, use_reentrant=False) if torch.is_grad_enabled() else stage(x)
        return x


def checkpoint_stages(vae):
    """diffusers' own for the large autoencoders; its checkpoint of AutoencoderTiny is the whole decoder at once."""
    if isinstance(vae, AutoencoderTiny):
        vae.decoder.layers = Stages(vae.decoder.layers)
    else:
        vae.enable_gradient_checkpointing()
        # diffusers looks at the training flag of the part, not of the model; batch statistics stay as they are in evaluation.
