"""Bases known by their configs alone, for `plan` and for tests of names: no weight of them is here."""

from dataclasses import dataclass

FLUX1_DEV = {
    "_class_name": "FluxTransformer2DModel", "attention_head_dim": 128, "guidance_embeds": True, "in_channels": 64,
    "joint_attention_dim": 4096, "num_attention_heads": 24, "num_layers": 19, "num_single_layers": 38, "patch_size": 1,
    "pooled_projection_dim": 768,
}  # fmt: skip
FLUX2_KLEIN_4B = {
    "_class_name": "Flux2Transformer2DModel", "attention_head_dim": 128, "axes_dims_rope": [32, 32, 32, 32],
    "guidance_embeds": False, "in_channels": 128, "joint_attention_dim": 7680, "mlp_ratio": 3.0, "num_attention_heads": 24,
    "num_layers": 5, "num_single_layers": 20, "patch_size": 1, "rope_theta": 2000,
}  # fmt: skip
_BLOCKS = {
    "block_out_channels": [128, 256, 512, 512], "down_block_types": ["DownEncoderBlock2D"] * 4, "layers_per_block": 2,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}  # fmt: skip
FLUX1_VAE = {"_class_name": "AutoencoderKL", **_BLOCKS, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False}
FLUX2_VAE = {"_class_name": "AutoencoderKLFlux2", **_BLOCKS, "latent_channels": 32}
KNOWN = {"flux1-dev": (FLUX1_DEV, FLUX1_VAE), "flux2-klein-4b": (FLUX2_KLEIN_4B, FLUX2_VAE)}
# CLIP ViT-H/14, both towers, in bf16.
VIT_H = 986_000_000 * 2


@dataclass
class KnownBase:
    """What needs.py asks of a base's folder."""

    transformer: dict
    vae: dict
    width: int = 512
    height: int = 512

    @property
    def tokens(self):
        return self.width * self.height // 256

    @property
    def channels(self):
        return self.transformer["in_channels"]

    def reward_bytes(self, names):
        return VIT_H * len(list(names))


def known(name, size=None):
    return KnownBase(*KNOWN[name], *(size or (512, 512)))
