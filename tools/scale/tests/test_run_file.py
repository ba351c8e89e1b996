"""The run file has the studio's keys, defaults and bounds."""

import json

import pytest

from direct_align_scale.errors import UserError
from direct_align_scale.run_file import canonical_json, parse_run_file, words_at

LEAST = {"version": 1, "prompts": ["cat face"]}


def test_defaults():
    run = parse_run_file(LEAST)
    assert run["method"] == "srpo" and run["batch"] == 2 and run["lora"]["alpha"] == run["lora"]["rank"] == 8
    assert run["samples"] == {"every": 10, "prompts": ["cat face"], "seed": 99}
    assert run["reward"]["form"] == "relative" and run["options"] == {}


def test_defaults_of_options_depend_on_what_is_given():
    run = parse_run_file({**LEAST, "method": "grpo", "batch": 8, "options": {"sde": "dance"}})
    assert run["options"]["eta"] == 0.3
    assert parse_run_file({**LEAST, "method": "grpo", "batch": 8})["options"]["eta"] == 0.7


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 2}, '"version" is 2, expected 1'),
        ({"prompts": []}, '"prompts" is [], expected at least one prompt'),
        ({"learning": 1}, 'unknown key "learning"'),
        ({"stop": True}, '"stop" is true, expected null or "hacked"'),
        ({"lora": {"rank": 0}}, '"lora.rank" is 0, expected a whole number from 1 to 1024'),
        ({"lora": {"targets": ["a", "a"]}}, '"lora.targets" names "a" twice'),
        ({"method": "ppo"}, '"method" is "ppo", expected "srpo" or'),
        ({"options": {"k": 1}}, 'method "srpo" has no option "k": it has no options'),
        ({"method": "draft", "options": {"k": 9}}, '"options.k" is 9, expected a whole number from 1 to 8'),
        ({"method": "draft", "options": {"k": 8}, "rollout": {"steps": 4}}, 'at most "rollout.steps", which is 4'),
        ({"method": "nft", "batch": 6}, '"batch" is 6, expected a multiple of "options.group", which is 8'),
        ({"method": "refl", "images": "x"}, 'method "refl" takes no "images"'),
        ({"reward": {"form": "prompt"}}, 'method "srpo" takes "reward.form" "relative", not "prompt"'),
        ({"reward": {"model": "person"}}, "somebody votes on the pictures"),
        ({"timesteps": {"sigmaMin": 0.9, "sigmaMax": 0.2}}, '"timesteps.sigmaMin" is 0.9, expected less than sigmaMax'),
        ({"reward": {"model": {"clip": 0}}}, "an object of names with weights above 0"),
        ({"wordHistory": [{"step": 3, "positive": ["a"], "negative": ["b"]}]}, "expected a whole number from 0 to 0"),
        ({"wordHistory": [{"step": 0, "positive": ["a"], "negative": ["b"]}]}, "ends with other words"),
    ],
)
def test_complaints(change, sentence):
    with pytest.raises(UserError) as error:
        parse_run_file({**LEAST, **change})
    assert sentence in str(error.value)


def test_words_change_at_the_steps_of_the_history():
    words = [{"step": step, "positive": [f"a{step}", "b"], "negative": ["c"]} for step in (0, 2, 5)]
    run = parse_run_file({**LEAST, "wordHistory": words, "reward": {"positive": ["a5", "b"], "negative": ["c"]}})
    assert [words_at(run, step)[0] for step in range(7)] == ["a0", "b", "a2", "b", "a2", "b", "a5"]
    assert "wordHistory" not in parse_run_file(LEAST)


def test_stop_is_kept_as_the_studio_writes_it():
    assert parse_run_file({**LEAST, "stop": "hacked"})["stop"] == "hacked"
    assert "stop" not in parse_run_file(LEAST) and "stop" not in parse_run_file({**LEAST, "stop": None})


@pytest.mark.parametrize("text", ['{"version": 1, "seed": 1' + "0" * 400 + "}", '{"seed": 1' + "0" * 5000 + "}", '{"bundle": "\\ud800"}', '{"version": 1, "version": 1}', '{"version": NaN}', "{", b"\xff", "[1]"])
def test_no_json(text):
    with pytest.raises(UserError, match="run.json"):
        parse_run_file(text)


def test_canonical_json_is_what_javascript_writes():
    value = {"b": 1.0, "a": [0.001, 1e-7, 5e-6, 1e21, 1.5e-9, -2.25, 123456789012], "c": {"é": None, "d": True}}
    numbers = "0.001,1e-7,0.000005,1e+21,1.5e-9,-2.25,123456789012"
    assert canonical_json(value) == f'{{"a":[{numbers}],"b":1,"c":{{"d":true,"é":null}}}}'
    assert json.loads(canonical_json(value)) == value
