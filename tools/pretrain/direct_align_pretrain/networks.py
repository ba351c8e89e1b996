"""The networks that are trained, from the sizes in the config, and how pictures go into them."""

import torch
from diffusers import AutoencoderTiny, FluxTransformer2DModel
from torch import nn
from torch.nn.functional import interpolate, normalize
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def autoencoder(a):
    """AutoencoderTiny of factor 8; pictures are -1 … 1."""
    return AutoencoderTiny(
        encoder_block_out_channels=(a.width,) * 4, decoder_block_out_channels=(a.width,) * 4,
        num_encoder_blocks=a.encoder_blocks, num_decoder_blocks=a.decoder_blocks, latent_channels=a.latent,
        scaling_factor=1.0, shift_factor=0.0,
    )  # fmt: skip


def transformer(t, latent, text, guidance):
    """FluxTransformer2DModel; adaLN and output projection begin at zero. guidance: whether it is told the guidance."""
    model = FluxTransformer2DModel(
        in_channels=4 * latent, num_layers=t.double, num_single_layers=t.single, num_attention_heads=t.heads,
        attention_head_dim=t.head, axes_dims_rope=tuple(t.axes), joint_attention_dim=text, pooled_projection_dim=text,
        guidance_embeds=guidance,
    )  # fmt: skip
    for name, parameter in model.named_parameters():
        if ".norm" in name and ".linear." in name or name.startswith(("norm_out.linear", "proj_out")):
            nn.init.zeros_(parameter)
    return model


class ClipReward(nn.Module):
    """A CLIP vision tower with a linear layer on the pooled text beside it."""

    def __init__(self, r, size, text):
        super().__init__()
        self.tower = CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                hidden_size=r.width, intermediate_size=4 * r.width, num_hidden_layers=r.layers, num_attention_heads=r.heads,
                image_size=size, patch_size=r.patch, projection_dim=r.projection, hidden_act="gelu",
            )
        )  # fmt: skip
        self.text = nn.Linear(text, r.projection, bias=False)
        self.scale = nn.Parameter(torch.tensor(2.6))
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(STD)[:, None, None])

    def look(self, x):
        """Normalised embedding [n, projection] and the patches' last states [n, patches, width] of pictures in 0 … 1."""
        out = self.tower(pixel_values=(x - self.mean) / self.std)
        return normalize(out.image_embeds, dim=-1), out.last_hidden_state[:, 1:]

    def read(self, pooled):
        """Normalised embedding [n, projection] of pooled texts."""
        return normalize(self.text(pooled), dim=-1)

    @property
    def sharpness(self):
        return self.scale.clamp(max=4.6).exp()


class AestheticHead(nn.Sequential):
    """Score [n, 1] of an embedding, under the names that the file has."""

    def __init__(self, projection, hidden):
        super().__init__(nn.Linear(projection, hidden), nn.GELU(), nn.Linear(hidden, 1))


class JudgeNetwork(nn.Module):
    """Convolutions, of another kind than the rewards. Input [n, 3, 128, 128] in 0 … 1."""

    SIZE = 128

    def __init__(self, widths, embedding, styles, concepts, damages):
        super().__init__()
        first, *rest = widths
        layers = [nn.Conv2d(3, first, 5, 2, 2), _norm(first), nn.ReLU()]
        for before, width in zip(widths, rest):
            layers += [nn.Conv2d(before, width, 3, 2, 1), _norm(width), nn.ReLU(), _Residual(width)]
        self.body = nn.Sequential(*layers)
        self.embedding = nn.Linear(2 * widths[-1], embedding)
        self.style, self.concept, self.damage = (nn.Linear(embedding, count) for count in (styles, concepts, damages))

    def look(self, x):
        """Logits of styles, concepts and damages (0: none), and the embedding before it is normalised."""
        x = self.body(fitted(x, self.SIZE) * 2 - 1)
        e = self.embedding(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        active = torch.relu(e)
        return self.style(active), self.concept(active), self.damage(active), e

    def forward(self, image):
        """What judge.onnx gives: style, concept, quality, embedding."""
        style, concept, damage, e = self.look(image)
        return style, concept, damage.softmax(1)[:, 0], e / e.norm(dim=1, keepdim=True).clamp(min=1e-6)


class _Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        first, second = (nn.Conv2d(width, width, 3, 1, 1) for _ in range(2))
        self.layers = nn.Sequential(first, _norm(width), nn.ReLU(), second, _norm(width))

    def forward(self, x):
        return torch.relu(x + self.layers(x))


def _norm(width):
    return nn.GroupNorm(next(g for g in (8, 4, 2, 1) if width % g == 0), width)


def fitted(x, size):
    """Pictures brought to size × size as a reward's tower brings them."""
    if x.shape[-1] == size and x.shape[-2] == size:
        return x
    return interpolate(x, size=(size, size), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
