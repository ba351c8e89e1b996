"""The run file (run.json), with the keys, defaults and bounds of the studio: docs/FORMATS.md, src/formats/run-file.ts."""

import json
from pathlib import Path

from .checks import Wrong, choice, integer, is_number, one_of, pair, real, text, texts
from .errors import UserError
from .methods import METHODS

REQUIRED = object()
OBJECT = "an object"


def _null_or(check):
    def checked(value):
        return None if value is None else check(value)

    return checked


def _version(value):
    if value != 1 or isinstance(value, bool):
        raise Wrong("1")
    return 1


def _object(value):
    if not isinstance(value, dict):
        raise Wrong(OBJECT)
    return value


def _reward_model(value):
    what = "the name of a reward, or an object of names with weights above 0"
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, dict) and value and all(is_number(w) and 0 < w <= 1e6 for w in value.values()):
        return value
    raise Wrong(what)


_KAPPA = pair(-10, 10, "a pair of numbers from -10 to 10, [at the least noise, at the most]")
_PROMPTS = texts("at least one prompt that is not empty")
_WORDS = texts("at least one control word that is not empty")


def _stop(value):
    if value not in (None, "hacked"):
        raise Wrong('null or "hacked"')
    return value


def _history(value):
    what = 'control words by step: a list of objects with "step", "positive" and "negative", from step 0 on'
    if not isinstance(value, list) or not value:
        raise Wrong(what)
    history, before = [], -1
    for entry in value:
        if not isinstance(entry, dict) or set(entry) != {"step", "positive", "negative"}:
            raise Wrong(what)
        step = integer(before + 1 if history else 0, 100_000 if history else 0)(entry["step"])
        history.append({"step": step, "positive": _WORDS(entry["positive"]), "negative": _WORDS(entry["negative"])})
        before = step
    return history


# key: (check, default), or a table of such.
SCHEMA = {
    "version": (_version, REQUIRED),
    "bundle": (text("the name of a base bundle"), "mini-flux"),
    "method": (text("the name of a method"), "srpo"),
    "options": (_object, {}),
    "seed": (integer(0, 2**32 - 1), 7),
    "steps": (integer(1, 100_000), 40),
    "batch": (integer(1, 256), 2),
    "prompts": (_PROMPTS, REQUIRED),
    "images": (_null_or(text("null or the name of a folder of pictures")), None),
    "lora": {
        "rank": (integer(1, 1024), 8),
        "alpha": (real(1e-6, 65536), None),
        "targets": (
            texts('at least one name of a linear such as "attn.to_q"'),
            ["attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0"],
        ),
    },
    "optimizer": {
        "learningRate": (real(0, 1), 0.001),
        "weightDecay": (real(0, 1), 0.0001),
        "clipNorm": (real(1e-6, 1e6), 1),
    },
    "rollout": {"steps": (integer(1, 1000), 12), "guidance": (real(0, 100), 3.5)},
    "timesteps": {
        "sigmaMin": (real(0, 1), 0.7),
        "sigmaMax": (real(0, 1), 0.96),
        "count": (integer(11, 1_000_000), 1000),
        "step": (integer(1, 1_000_000), 100),
    },
    "reward": {
        "model": (_reward_model, "clip"),
        "form": (choice("relative", "positive", "prompt"), "relative"),
        "positive": (_WORDS, ["3d render"]),
        "negative": (_WORDS, ["pencil sketch", "flat design"]),
        "kappaDenoise": (_KAPPA, [0.1, 0.25]),
        "kappaInversion": (_KAPPA, [0.3, 0.01]),
        "margin": (real(-100, 100), 0.7),
    },
    "samples": {
        "every": (integer(1, 100_000), 10),
        "prompts": (_PROMPTS, None),
        "seed": (integer(0, 2**32 - 1), 99),
    },
    "stop": (_stop, None),
    "keepEvery": (integer(1, 100_000), 10),
    "wordHistory": (_history, None),
}


def read_run_file(path):
    """The run of a file, every default filled in. Raises UserError naming the key that is wrong."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a run file with --run.") from None
    return parse_run_file(content, str(path))


def parse_run_file(content, name="run.json"):
    """The run of a file's bytes or text, or of its value; see read_run_file."""
    value = _json(content, name) if isinstance(content, str | bytes) else content
    if not isinstance(value, dict):
        raise UserError(f'{name}: expected a run file: an object with "version": 1 and "prompts".')
    run = _table(SCHEMA, value, name, "")
    if run["method"] not in METHODS:
        raise UserError(f'{name}: "method" is "{run["method"]}", expected {one_of(METHODS)}.')
    method = METHODS[run["method"]]
    run["options"] = _options(method, run["options"], name)
    if run["lora"]["alpha"] is None:
        run["lora"]["alpha"] = run["lora"]["rank"]
    if run["samples"]["prompts"] is None:
        run["samples"]["prompts"] = run["prompts"]
    # As the studio writes them: not at all where they say nothing.
    for key in ("wordHistory", "stop"):
        if run[key] is None:
            del run[key]
    _check_whole(run, method, name)
    return run


def word_history(run):
    """[{step, positive, negative}]: the control words in force from the update after each step on."""
    reward = run["reward"]
    return run.get("wordHistory") or [{"step": 0, "positive": reward["positive"], "negative": reward["negative"]}]


def words_at(run, step):
    """(positive, negative): the two words of the update after `step` updates."""
    words = [entry for entry in word_history(run) if entry["step"] <= step][-1]
    return tuple(words[key][step % len(words[key])] for key in ("positive", "negative"))


def shares(run):
    """{reward's name: its share}; shares add up to 1."""
    model = run["reward"]["model"]
    weights = model if isinstance(model, dict) else {model: 1}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def run_key(run):
    """Canonical JSON of all that a resumed run must not change: everything but `steps`."""
    return canonical_json({key: value for key, value in run.items() if key != "steps"})


def canonical_json(value):
    """JSON with sorted keys and no spaces, numbers as JavaScript writes them: the studio's `canonicalJson`."""
    if isinstance(value, dict):
        inner = ",".join(f"{json.dumps(k, ensure_ascii=False)}:{canonical_json(v)}" for k, v in sorted(value.items()))
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    return number_text(value) if is_number(value) else json.dumps(value, ensure_ascii=False)


def number_text(value):
    """A number as JavaScript's String(value) has it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(float(value)).partition("e")
    if not exponent:
        # repr goes over to an exponent below 1e-4, JavaScript below 1e-6.
        return mantissa
    power = int(exponent)
    if -7 < power < 0:
        digits = mantissa.replace(".", "").lstrip("-")
        return ("-" if value < 0 else "") + "0." + "0" * (-power - 1) + digits
    return f"{mantissa.removesuffix('.0')}e{power:+d}"


def _table(schema, given, name, prefix):
    unknown = next((key for key in given if key not in schema), None)
    if unknown is not None:
        raise UserError(f'{name}: unknown key "{prefix}{unknown[:60]}"; known are {", ".join(schema)}.')
    out = {}
    for key, rule in schema.items():
        path = f"{prefix}{key}"
        if isinstance(rule, dict):
            part = given.get(key, {})
            if not isinstance(part, dict):
                raise UserError(f'{name}: "{path}" is {_shown(part)}, expected {OBJECT}.')
            out[key] = _table(rule, part, name, f"{path}.")
            continue
        check, default = rule
        if key in given:
            out[key] = _checked(check, given[key], path, name)
        elif default is REQUIRED:
            raise UserError(f'{name}: "{path}" is missing.')
        else:
            out[key] = default
    return out


def _options(method, given, name):
    unknown = next((key for key in given if key not in method.options), None)
    if unknown is not None:
        known = ", ".join(f'"{key}"' for key in method.options)
        has = f"its options are {known}" if known else "it has no options"
        raise UserError(f'{name}: method "{method.id}" has no option "{unknown[:60]}": {has}.')
    out = {}
    for key, (check, default) in method.options.items():
        if key in given:
            out[key] = _checked(check, given[key], f"options.{key}", name)
        else:
            out[key] = default(given) if callable(default) else default
    return out


def _check_whole(run, method, name):
    low, high = run["timesteps"]["sigmaMin"], run["timesteps"]["sigmaMax"]
    if low >= high:
        raise UserError(f'{name}: "timesteps.sigmaMin" is {low}, expected less than sigmaMax, which is {high}.')
    targets = run["lora"]["targets"]
    twice = next((t for i, t in enumerate(targets) if t in targets[:i]), None)
    if twice is not None:
        raise UserError(f'{name}: "lora.targets" names "{twice}" twice.')
    last = run["wordHistory"][-1] if "wordHistory" in run else run["reward"]
    if any(last[key] != run["reward"][key] for key in ("positive", "negative")):
        raise UserError(
            f'{name}: "wordHistory" ends with other words than "reward" has; expected those in force at its end.'
        )
    form = run["reward"]["form"]
    if form not in method.forms:
        raise UserError(f'{name}: method "{method.id}" takes "reward.form" {one_of(method.forms)}, not "{form}".')
    if run["images"] is not None and not method.takes_pictures:
        takers = [m.id for m in METHODS.values() if m.takes_pictures]
        raise UserError(f'{name}: method "{method.id}" takes no "images"; those that do are {one_of(takers)}.')
    if "person" in shares(run):
        raise UserError(
            f'{name}: with "reward.model" "person" somebody votes on the pictures, in the studio\'s page: '
            "name a reward of the base here."
        )
    group = run["options"].get("group", 1)
    if run["batch"] % group:
        raise UserError(
            f'{name}: "batch" is {run["batch"]}, expected a multiple of "options.group", which is {group}.'
        )
    if sentence := method.complaint(run):
        raise UserError(f"{name}: {sentence}")


def _checked(check, value, path, name):
    try:
        return check(value)
    except Wrong as wrong:
        raise UserError(f'{name}: "{path}" is {_shown(value)}, expected {wrong}.') from None


def _shown(value):
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _json(content, name):
    def once(pairs):
        keys = [key for key, _ in pairs]
        twice = next((key for i, key in enumerate(keys) if key in keys[:i]), None)
        if twice is not None:
            raise UserError(f'{name}: names the key "{twice[:60]}" twice.')
        return dict(pairs)

    def no_constant(constant):
        raise UserError(f"{name}: {constant} is no JSON.")

    try:
        content = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        value = json.loads(content, object_pairs_hook=once, parse_constant=no_constant)
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: is not UTF-8 (byte {error.start}).") from None
    except UnicodeEncodeError:
        raise UserError(f"{name}: has half a character, an escape from \\ud800 to \\udfff alone.") from None
    # ValueError beside JSON's own: a whole number of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name}: is not JSON: {error}.") from None
