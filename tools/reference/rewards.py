"""The reward models: two-tower `clip` and `preference`, and the `aesthetic` head on a tower's embedding."""

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import CLIPVisionModelWithProjection

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ClipReward:
    """`CLIPVisionModelWithProjection` for pictures, one linear layer on the pooled text for words."""

    def __init__(self, folder, dtype):
        self.tower = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=dtype).eval().requires_grad_(False)
        self.text_projection = load_file(folder / "text_projection.safetensors")["text_projection.weight"].to(dtype)

    def image_features(self, image):
        """L2-normalised embedding [n, projection] of images [n, 3, H, W] in [0, 1].

        Resized to the tower's square only when the size differs: bicubic with antialias
        (a = −0.5), no clamp after.
        """
        size = self.tower.config.image_size
        if image.shape[-2:] != (size, size):
            image = F.interpolate(image, (size, size), mode="bicubic", antialias=True, align_corners=False)
        mean = torch.tensor(CLIP_MEAN, dtype=image.dtype).view(3, 1, 1)
        std = torch.tensor(CLIP_STD, dtype=image.dtype).view(3, 1, 1)
        return F.normalize(self.tower(pixel_values=(image - mean) / std).image_embeds, dim=-1)

    def text_features(self, pooled):
        """L2-normalised projection [n, projection] of pooled text [n, hidden]."""
        return F.normalize(pooled @ self.text_projection.T, dim=-1)

    def branch_rewards(self, features, wanted, unwanted, kappa):
        """r = f·((1+κ)·C_wanted − C_unwanted) [n], the wanted words being the positive ones in the
        denoise branch and the negative ones in the inversion branch."""
        target = (1 + kappa) * self.text_features(wanted) - self.text_features(unwanted)
        return (features * target).sum(-1)


class AestheticReward:
    """Linear, exact GELU, linear on the backbone's normalised embedding: a score on the range that the config names, no text."""

    def __init__(self, head, backbone, dtype, score_range):
        self.head = {name: tensor.to(dtype) for name, tensor in head.items()}
        self.backbone = backbone
        self.lowest, self.highest = score_range

    def image_features(self, image):
        return self.backbone.image_features(image)

    def score(self, features):
        """The head's score brought to 0 … 1."""
        hidden = F.gelu(F.linear(features, self.head["0.weight"], self.head["0.bias"]))
        score = F.linear(hidden, self.head["2.weight"], self.head["2.bias"])[:, 0]
        return (score - self.lowest) / (self.highest - self.lowest)
