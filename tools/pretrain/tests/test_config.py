"""Settings: defaults fit, --set checks types, budgets scale."""

import pytest

from direct_align_pretrain.config import Config, changed, check, scaled, tiny
from direct_align_pretrain.errors import UserError


def test_defaults_and_tiny_fit():
    for config in (Config(), tiny()):
        check(config)


def test_the_defaults_are_the_recipes():
    config = Config()
    assert config.transformer.steps * config.transformer.batch == 516_000
    assert (config.autoencoder.steps, config.distillation.steps, config.judge.steps) == (3000, 445, 1361)


def test_settings():
    config = changed(
        tiny(), ["transformer.steps=9", "reward.rate=1", "transformer.axes=[4,12,16]", "bundle.name=mine", "seed=3"]
    )
    assert config.transformer.steps == 9 and config.transformer.axes == (4, 12, 16) and config.seed == 3
    assert config.reward.rate == 1.0 and config.bundle.name == "mine" and config.judge == tiny().judge


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("transformer.step=9", '"transformer.step" is no setting; known are seed, pictures.source'),
        ("transformer=9", '"transformer" is no setting'),
        ("judge.steps=1.5", "expected a whole number from 0"),
        ("judge.rate=-1", "expected a number from 0"),
        ("judge.rate=fast", "expected a number from 0"),
        ("transformer.compile=1", "expected true or false"),
        ("transformer.axes=[8,24]", "expected a list of 3 numbers"),
        ("transformer.axes=[8,8,8]", "even numbers that add up to transformer.head, 32"),
        ("seed=99999999999", "expected a whole number from 0 to 1,000,000,000"),
        ("judge.batch=0", "judge.batch is 0, expected at least 1"),
        ("transformer.heads=0", "transformer.heads is 0, expected at least 1"),
        ("reward.patch=0", "reward.patch is 0, expected at least 1"),
        ("judge.widths=[8,0,8,8]", "judge.widths is (8, 0, 8, 8), expected at least 1"),
        ("transformer.average=2", "transformer.average is 2.0, expected at most 1"),
        ("distillation.guidance=[6,1]", "distillation.guidance is [6.0, 1.0], expected the lesser first"),
        ("bundle.shift=0", "bundle.shift is 0"),
        ("pictures.size=72", "expected a multiple of 16"),
        ("pictures.source=web", 'expected "emoji" or "shipped"'),
    ],
)
def test_complaints(setting, sentence):
    with pytest.raises(UserError) as error:
        changed(tiny(), [setting])
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_budget():
    config = scaled(Config(), 0.001)
    assert config.transformer.steps == 11 and config.distillation.steps == 2 and config.pictures == Config().pictures
