"""TAEF2 on top of diffusers' AutoencoderTiny, which has neither of what its config.json may name:

    use_midblock_gn: the blocks at the latents' resolution begin with
        x + conv1x1(relu(groupnorm(conv1x1(x, C → 4C), 4 groups)), 4C → C)
    batch_norm_eps: statistics of the packed latents, bn.running_mean and bn.running_var [4·latent_channels], as
        AutoencoderKLFlux2 has them: the decoder reads x·√(var + eps) + mean
"""

import json

import torch
from diffusers import AutoencoderTiny
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from safetensors.torch import load_file


class PooledBlock(AutoencoderTinyBlock):
    def forward(self, x):
        return super().forward(x + self.pool(x))


def extend(vae, use_midblock_gn=False, batch_norm_eps=None):
    """Adds to an AutoencoderTiny what its config names."""
    if use_midblock_gn:
        blocks = [layer for layer in vae.encoder.layers if isinstance(layer, AutoencoderTinyBlock)]
        blocks = blocks[len(blocks) - vae.config.num_encoder_blocks[-1] :]
        blocks += list(vae.decoder.layers[2 : 2 + vae.config.num_decoder_blocks[0]])
        for block in blocks:
            channels = block.conv[0].in_channels
            block.pool = torch.nn.Sequential(
                torch.nn.Conv2d(channels, 4 * channels, 1, bias=False),
                torch.nn.GroupNorm(4, 4 * channels),
                torch.nn.ReLU(),
                torch.nn.Conv2d(4 * channels, channels, 1, bias=False),
            )
            block.__class__ = PooledBlock
    if batch_norm_eps is not None:
        vae.bn = torch.nn.Module()
        for name in ("running_mean", "running_var"):
            vae.bn.register_buffer(name, torch.zeros(4 * vae.config.latent_channels))
    return vae


def load_vae(folder, dtype):
    """An AutoencoderTiny or TAEF2, and the eps of its statistics or None."""
    vae = AutoencoderTiny.from_pretrained(folder, torch_dtype=dtype, low_cpu_mem_usage=False)
    config = json.loads((folder / "config.json").read_text())
    eps = config.get("batch_norm_eps")
    if extended := {k: config[k] for k in ("use_midblock_gn", "batch_norm_eps") if k in config}:
        extend(vae, **extended).to(dtype)
        vae.load_state_dict(load_file(folder / "diffusion_pytorch_model.safetensors"))
    return vae, eps
