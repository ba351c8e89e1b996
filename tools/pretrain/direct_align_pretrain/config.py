"""Sizes and budgets of every stage. The defaults are those that mini-flux, version 2, was made with, where they are known."""

import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace

from .errors import UserError


@dataclass(frozen=True)
class Pictures:
    source: str = "emoji"  # "emoji": six sets from npm; "shipped": the set of public/pictures, five styles imitated
    size: int = 128
    margin: int = 6
    words: int = 120  # how many of words.txt, at most
    others: int = 910  # how many other concepts, at most
    held_concepts: int = 60  # of the others; the rewards do not see them
    held_styles: float = 0.2  # share of these concepts' styles that the transformer does not see
    copies: int = 4  # of each picture of a word, the plain one among them
    scale: tuple = (0.95, 1.25)
    turn: float = 9.0  # degrees at most
    shift: float = 0.06  # of the picture's side at most


@dataclass(frozen=True)
class Captions:
    length: int = 16  # tokens
    empty: float = 0.1  # share of the transformer's captions
    without_style: float = 0.25


@dataclass(frozen=True)
class Autoencoder:
    width: int = 32
    latent: int = 16
    encoder_blocks: tuple = (1, 3, 3, 3)
    decoder_blocks: tuple = (3, 3, 3, 1)
    crop: int = 64
    batch: int = 48
    steps: int = 3000
    rates: tuple = (2e-3, 1.5e-3)
    noise: tuple = (0.3, 0.2)  # standard deviation on the latents, at most


@dataclass(frozen=True)
class Reward:
    width: int = 192
    layers: int = 6
    heads: int = 3
    patch: int = 16
    projection: int = 128
    batch: int = 96
    steps: int = 6000
    rate: float = 1e-3
    decoded: float = 0.6  # share of pictures that went through the autoencoder, in the second half of the steps
    damaged: float = 0.25


@dataclass(frozen=True)
class Transformer:
    double: int = 3
    single: int = 6
    heads: int = 4
    head: int = 64
    axes: tuple = (16, 24, 24)
    batch: int = 48
    steps: int = 10750
    rates: tuple = (1.5e-3, 1.2e-3, 1e-3)
    mean: float = 0.375  # of the noise level's logit
    spread: float = 1.1
    uniform: float = 0.1  # share of noise levels drawn evenly
    words: float = 0.9  # share of draws that are words
    plain: float = 0.58  # share of a word's draws that are the plain picture
    alignment: float = 0.5  # weight of the cosine to the reward tower's patches
    average: float = 0.999
    precision: str = "auto"  # "f32", "bf16", or whichever multiplies faster
    compile: bool = True


@dataclass(frozen=True)
class Distillation:
    batch: int = 48
    steps: int = 445
    rate: float = 6e-4
    average: float = 0.99
    guidance: tuple = (1.0, 6.0)


@dataclass(frozen=True)
class Preference:
    batch: int = 32  # pairs
    steps: int = 1500
    rate: float = 1e-4


@dataclass(frozen=True)
class Aesthetic:
    hidden: int = 64
    batch: int = 64
    steps: int = 1500
    rate: float = 1e-3


@dataclass(frozen=True)
class Judge:
    widths: tuple = (32, 64, 128, 192)
    embedding: int = 128
    batch: int = 64
    steps: int = 1361
    rate: float = 2e-3
    decoded: float = 0.6
    damaged: float = 0.4


@dataclass(frozen=True)
class Bundle:
    name: str = "mini-flux"
    version: int = 3
    shift: float = 2.0  # of the sampler's noise levels


@dataclass(frozen=True)
class Config:
    seed: int = 7
    pictures: Pictures = field(default_factory=Pictures)
    captions: Captions = field(default_factory=Captions)
    autoencoder: Autoencoder = field(default_factory=Autoencoder)
    reward: Reward = field(default_factory=Reward)
    transformer: Transformer = field(default_factory=Transformer)
    distillation: Distillation = field(default_factory=Distillation)
    preference: Preference = field(default_factory=Preference)
    aesthetic: Aesthetic = field(default_factory=Aesthetic)
    judge: Judge = field(default_factory=Judge)
    bundle: Bundle = field(default_factory=Bundle)


def tiny():
    """All of it in a few minutes on two cores: sixteen things, 64×64 pixels, pictures that lie in the checkout."""
    return Config(
        pictures=Pictures(source="shipped", size=64, margin=3, words=12, others=4, held_concepts=1, copies=2),
        autoencoder=Autoencoder(
            width=16, encoder_blocks=(1, 1, 1, 1), decoder_blocks=(1, 1, 1, 1), crop=32, batch=16, steps=2400, noise=(0.2, 0.1)
        ),
        reward=Reward(width=64, layers=3, heads=2, projection=64, batch=64, steps=500),
        transformer=Transformer(
            double=2, single=2, heads=2, head=32, axes=(8, 12, 12), batch=32, steps=1500, average=0.99, precision="f32",
            compile=False,
        ),
        distillation=Distillation(batch=32, steps=250),
        preference=Preference(steps=100),
        aesthetic=Aesthetic(hidden=32, steps=100),
        judge=Judge(widths=(8, 16, 32, 48), embedding=32, batch=32, steps=250),
        bundle=Bundle(name="tiny-flux", version=1),
    )  # fmt: skip


def changed(config, settings):
    """The config with `PART.KEY=VALUE` settings in place, VALUE as JSON (or a plain word).

    Raises UserError naming a setting that is unknown or of another type.
    """
    for setting in settings:
        path, _, given = setting.partition("=")
        *parts, key = path.split(".")
        owner = config
        for part in parts:
            owner = getattr(owner, part, None)
        known = _settings(config)
        if path not in known:
            raise UserError(f'--set {setting}: "{path[:60]}" is no setting; known are {", ".join(known)}.')
        try:
            value = json.loads(given)
        except json.JSONDecodeError:
            value = given
        value = _like(getattr(owner, key), value, setting)
        owner = replace(owner, **{key: value})
        config = replace(config, **{parts[0]: owner}) if parts else owner
    check(config)
    return config


def scaled(config, budget):
    """The config with every stage's steps times `budget`, 2 at least."""
    parts = {f.name: getattr(config, f.name) for f in fields(config)}
    for name, part in parts.items():
        if hasattr(part, "steps"):
            parts[name] = replace(part, steps=max(2, round(part.steps * budget)))
    return Config(**parts)


def as_json(config):
    """The config as plain values, as JSON keeps them."""
    return json.loads(json.dumps(asdict(config)))


MAY_BE_0 = (
    "seed", "pictures.margin", "pictures.others", "pictures.held_concepts", "transformer.double", "transformer.single",
)  # fmt: skip
SHARES = (
    "pictures.held_styles", "captions.empty", "captions.without_style", "reward.decoded", "reward.damaged", "transformer.uniform",
    "transformer.words", "transformer.plain", "transformer.average", "distillation.average", "judge.decoded", "judge.damaged",
)  # fmt: skip


def check(config):
    """Raises UserError where settings do not fit one another."""
    p, a, r, t = config.pictures, config.autoencoder, config.reward, config.transformer

    def expect(fits, what):
        if not fits:
            raise UserError(f"The settings do not fit: {what}.")

    for name in _settings(config):
        part, _, key = name.rpartition(".")
        value = getattr(getattr(config, part) if part else config, key)
        for number in value if isinstance(value, tuple) else [value]:
            if isinstance(number, int) and not isinstance(number, bool) and name not in MAY_BE_0:
                expect(number >= 1, f"{name} is {value}, expected at least 1")
        if name in SHARES:
            expect(value <= 1, f"{name} is {value}, expected at most 1")
    for name, (low, high) in (("pictures.scale", p.scale), ("distillation.guidance", config.distillation.guidance)):
        expect(low <= high, f"{name} is {[low, high]}, expected the lesser first")
    expect(config.bundle.shift > 0, "bundle.shift is 0")
    expect(t.double + t.single >= 1, "transformer.double and transformer.single are 0")
    expect(p.source in ("emoji", "shipped"), f'pictures.source is "{p.source}", expected "emoji" or "shipped"')
    expect(p.size % 16 == 0, f"pictures.size is {p.size}, expected a multiple of 16")
    expect(p.size % r.patch == 0, f"reward.patch is {r.patch}, expected a divisor of pictures.size, which is {p.size}")
    expect(0 <= 2 * p.margin < p.size, f"pictures.margin is {p.margin}, expected less than half of pictures.size")
    expect(p.words >= 2, f"pictures.words is {p.words}, expected at least 2")
    expect(p.held_concepts <= p.others, "pictures.held_concepts is more than pictures.others")
    expect(a.crop % 8 == 0 and a.crop <= p.size, "autoencoder.crop is no multiple of 8 up to pictures.size")
    expect(r.width % r.heads == 0, "reward.width is no multiple of reward.heads")
    even = all(axis % 2 == 0 for axis in t.axes)
    expect(sum(t.axes) == t.head and even, f"transformer.axes are no even numbers that add up to transformer.head, {t.head}")
    expect(t.precision in ("auto", "f32", "bf16"), 'transformer.precision is none of "auto", "f32" and "bf16"')
    expect(2 <= config.captions.length <= 256, "captions.length is not between 2 and 256")


def _settings(config, prefix=""):
    names = []
    for f in fields(config):
        value = getattr(config, f.name)
        names += _settings(value, f"{f.name}.") if is_dataclass(value) else [prefix + f.name]
    return names


def _like(default, value, setting):
    """The value, of the default's type; numbers are not negative."""

    def wrong(what):
        return UserError(f"--set {setting}: expected {what}.")

    if isinstance(default, bool) or isinstance(default, str):
        if type(value) is not type(default):
            raise wrong("true or false" if isinstance(default, bool) else "a word")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, list) or len(value) != len(default):
            raise wrong(f"a list of {len(default)} numbers")
        return tuple(_like(d, v, setting) for d, v in zip(default, value))
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value < 0 or value > 1e9:
        raise wrong(f"a {'whole ' if whole else ''}number from 0 to 1,000,000,000")
    return value if whole else float(value)
