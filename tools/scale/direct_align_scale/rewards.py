"""Rewards of a base's `rewards/NAME` folders: the studio's two-tower ones, CLIPModel (PickScore, HPSv2.1), and heads on
another reward's embedding (the studio's, LAION's).

A kind is a class with `image_features(image)` and either `text_features(texts)` or `score(features)`, and a line in KINDS.
"""

import math

import torch
import torch.nn.functional as F
from transformers import AutoTokenizer, CLIPModel, CLIPVisionModelWithProjection
from transformers.utils import logging

from .errors import UserError, first_line
from .files import read_object, read_tensors

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)

logging.set_verbosity_error()
logging.disable_progress_bar()


class TwoTowers:
    """`CLIPVisionModelWithProjection`, and one linear layer on the base's pooled text. Pictures are resized to the tower's
    square where their size differs: bicubic with antialias, no clamp after."""

    def __init__(self, folder, config, base, open_other):
        self.base = base
        self.tower = base.frozen(_pretrained(CLIPVisionModelWithProjection, folder, base.dtype))
        self.projection = read_tensors(folder / "text_projection.safetensors")["text_projection.weight"]
        wanted = [self.tower.config.projection_dim, base.about.text_widths[1]]
        if list(self.projection.shape) != wanted:
            raise UserError(
                f"{folder}/text_projection.safetensors: its weight is {list(self.projection.shape)}, expected {wanted}: another base's."
            )
        self.projection = self.projection.to(base.device, base.dtype)

    def image_features(self, image):
        size = self.tower.config.image_size
        if image.shape[-2:] != (size, size):
            image = F.interpolate(image, (size, size), mode="bicubic", antialias=True, align_corners=False)
        return F.normalize(self.tower(pixel_values=_normalised(image)).image_embeds.to(image.dtype), dim=-1)

    @torch.no_grad()
    def text_features(self, texts):
        _, pooled = self.base.text.states(texts)
        return F.normalize(pooled.to(self.projection) @ self.projection.T, dim=-1)


class Clip:
    """`CLIPModel`: short side to the tower's size (bicubic), centre crop. PickScore's cosine is × exp(logit_scale)/20, others'
    is plain: as the config's `score` says, "pickscore" or "cosine", else as the folder's name does."""

    def __init__(self, folder, config, base, open_other):
        self.model = base.frozen(_pretrained(CLIPModel, folder, base.dtype))
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.device = base.device
        score = config.get("score", "pickscore" if "pick" in folder.name.lower() else "cosine")
        self.scale = math.exp(self.model.logit_scale.item()) / 20 if score == "pickscore" else 1.0

    def image_features(self, image):
        size = self.model.config.vision_config.image_size
        height, width = image.shape[-2:]
        if min(height, width) != size:
            scaled = [max(size, round(side * size / min(height, width))) for side in (height, width)]
            image = F.interpolate(image, scaled, mode="bicubic", antialias=True, align_corners=False)
        top, left = ((side - size) // 2 for side in image.shape[-2:])
        crop = image[..., top : top + size, left : left + size]
        pooled = self.model.vision_model(pixel_values=_normalised(crop)).pooler_output
        return F.normalize(self.model.visual_projection(pooled).to(image.dtype), dim=-1)

    @torch.no_grad()
    def text_features(self, texts):
        length = self.model.config.text_config.max_position_embeddings
        tokens = self.tokenizer(texts, padding=True, truncation=True, max_length=length, return_tensors="pt")
        pooled = self.model.text_model(**tokens.to(self.device)).pooler_output
        return self.scale * F.normalize(self.model.text_projection(pooled), dim=-1)


class Head:
    """A score, brought to 0 … 1, on another reward's normalised embedding: linear, exact GELU, linear (the studio's), or
    linears without anything between them (LAION's). It reads no text."""

    def __init__(self, folder, config, base, open_other):
        self.backbone = open_other(config["backbone"])
        tensors = read_tensors(folder / "head.safetensors")
        layers = sorted({name.rpartition(".")[0] for name in tensors}, key=lambda name: int(name.rpartition(".")[2]))
        self.layers = [
            tuple(tensors[f"{layer}.{part}"].to(base.device, base.dtype) for part in ("weight", "bias")) for layer in layers
        ]
        self.has_gelu = len(layers) == 2
        self.lowest, self.highest = config.get("range", [0, 10])

    def image_features(self, image):
        return self.backbone.image_features(image)

    def score(self, features):
        x = features
        for i, (weight, bias) in enumerate(self.layers):
            x = F.linear(F.gelu(x) if i > 0 and self.has_gelu else x, weight.to(x.dtype), bias.to(x.dtype))
        return (x[:, 0] - self.lowest) / (self.highest - self.lowest)


# How a folder is recognised: the files it needs, and what its config.json must say.
KINDS = (
    (Head, ("head.safetensors",), lambda config: "backbone" in config),
    (TwoTowers, ("text_projection.safetensors", "model.safetensors"), lambda c: _is(c, "CLIPVisionModelWithProjection")),
    (Clip, ("tokenizer_config.json",), lambda c: _is(c, "CLIPModel")),
)


def kind_of(folder, name, among):
    """The class of `rewards/NAME` and its config, from the files alone. Raises UserError with what is wrong with it."""
    path = folder / "rewards" / name
    if not (path / "config.json").is_file():
        has = f"there are {', '.join(among)}" if among else "there are none"
        raise UserError(f'{folder}/rewards: there is no reward "{name}" (a folder with config.json); {has}.')
    config = read_object(path / "config.json", "a reward's folder has transformers' config")
    if config.get("score", "cosine") not in ("cosine", "pickscore"):
        raise UserError(f'{path}/config.json: "score" is {config["score"]!r:.40}, expected "cosine" or "pickscore".')
    for kind, files, fits in KINDS:
        if not fits(config):
            continue
        if missing := next((file for file in files if not (path / file).is_file()), None):
            raise UserError(f'{path}: has no {missing}, which reward "{name}" needs.')
        if kind is Clip and not any(path.glob("*.safetensors")):
            raise UserError(f'{path}: has no weights (model.safetensors), which reward "{name}" needs.')
        return kind, config
    says = ", ".join(config.get("architectures") or []) or "nothing known"
    raise UserError(
        f"{path}/config.json: describes {says}, expected CLIPVisionModelWithProjection, CLIPModel, or a head with \"backbone\"."
    )


def kinds_of(folder, names, among):
    """{name: (kind, config)} of rewards and of those that their heads sit on; see kind_of."""
    kinds = {name: kind_of(folder, name, among) for name in names}
    for name, (kind, config) in list(kinds.items()):
        if kind is not Head:
            continue
        below = config["backbone"]
        if not isinstance(below, str):
            raise UserError(f'{folder}/rewards/{name}/config.json: "backbone" is no name of a reward.')
        kinds[below] = kind_of(folder, below, among)
        if kinds[below][0] is Head:
            raise UserError(f'{folder}/rewards/{name}/config.json: "backbone" is "{below}", which is a head itself.')
    return kinds


class Rewards:
    """The run's rewards, opened and tried on a grey picture. shares: {name: its share}."""

    def __init__(self, base, shares):
        self.shares = shares
        self._base, self._open, self._texts = base, {}, {}
        self._kinds = kinds_of(base.folder, shares, base.reward_names)
        for name in shares:
            path = base.folder / "rewards" / name
            try:
                score = self._tried(self._opened(name))
            except UserError:
                raise
            except Exception as error:  # a tensor less, another width: whatever the library says of it
                raise UserError(f'{path}: reward "{name}" cannot be used: {first_line(error)}.') from None
            if not math.isfinite(score):
                raise UserError(f'{path}: reward "{name}" gives {score} for a grey picture; its files are damaged.')

    def _opened(self, name):
        if name not in self._open:
            kind, config = self._kinds[name]
            self._open[name] = kind(self._base.folder / "rewards" / name, config, self._base, self._opened)
        return self._open[name]

    @torch.no_grad()
    def _tried(self, reward):
        base = self._base
        with base.autocast():
            features = reward.image_features(torch.full((1, 3, base.about.height, base.about.width), 0.5, device=base.device))
            if hasattr(reward, "score"):
                return reward.score(features).item()
            # A base with an embeddings file knows the run's texts alone: its projection's sizes were checked.
            texts = reward.text_features(["a picture"]) if isinstance(reward, Clip) else reward.projection.mT[:1]
            return (features * texts.to(features.dtype)).sum().item()

    def scores(self, image, prompts, words, form, kappa, swapped):
        """{reward's name: r [n]} of pictures [n, 3, H, W] in [0, 1].

        r = f·((1+κ)·C₊ − C₋) with `relative`, the words changing places where `swapped`; f·C₊ with `positive`; f·C of the
        prompt alone with `prompt`. A head's is its score, (1+κ) times it, or minus it where swapped.
        """
        wanted, unwanted = reversed(words) if swapped else words
        scores = {}
        for name in self.shares:
            reward = self._open[name]
            features = reward.image_features(image)
            if hasattr(reward, "score"):
                factor = 1 if form != "relative" else -1 if swapped else 1 + kappa
                scores[name] = factor * reward.score(features)
                continue
            if form == "relative":
                target = (1 + kappa) * self._text(name, wanted, prompts) - self._text(name, unwanted, prompts)
            else:
                target = self._text(name, wanted if form == "positive" else None, prompts)
            scores[name] = (features * target.to(features.dtype)).sum(-1)
        return scores

    def _text(self, name, word, prompts):
        """Text features [n, width], each text's computed once."""
        texts = [prompt if word is None else f"{word}. {prompt}" for prompt in prompts]
        for text in texts:
            # Each by itself: see BundleEncoder.encode.
            if (name, text) not in self._texts:
                self._texts[name, text] = self._open[name].text_features([text])[0]
        return torch.stack([self._texts[name, text] for text in texts])


def rewards_of(base, x0, prompts, words, form, kappa, swapped):
    """{reward's name: r [n]} of packed latents, through the decoder."""
    with base.autocast():
        scores = base.rewards.scores(base.decode(x0), prompts, words, form, kappa, swapped)
    return {name: score.to(x0.dtype) for name, score in scores.items()}


def needs_words_encoded(base_folder, names, among):
    """Whether one of these rewards reads control words through the base's text encoder."""
    return any(kind_of(base_folder, name, among)[0] is TwoTowers for name in names)


def _pretrained(kind, folder, dtype):
    model, found = kind.from_pretrained(folder, dtype=dtype, output_loading_info=True, ignore_mismatched_sizes=True)
    for name, there, wanted in found["mismatched_keys"]:
        raise UserError(f"{folder}: {name} is {list(there)}, expected {list(wanted)} by config.json.")
    if missing := sorted(found["missing_keys"]):
        raise UserError(f"{folder}: the weights have no {missing[0]}, which config.json asks for.")
    return model


def _normalised(image):
    mean, std = (torch.tensor(v, dtype=image.dtype, device=image.device).view(3, 1, 1) for v in (MEAN, STD))
    return (image - mean) / std


def _is(config, architecture):
    return architecture in (config.get("architectures") or [])
