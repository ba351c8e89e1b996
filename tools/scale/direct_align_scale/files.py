"""Reading JSON objects and .safetensors files; what is wrong with one is a sentence that names it."""

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from .errors import UserError, first_line


def read_object(path, what="expected an object"):
    """The object of a JSON file. what: the end of the sentence where it is missing or holds something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); {what}.") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: is not JSON; {what}.") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: is no object; {what}.")
    return value


def check_whole(path):
    """Raises UserError where a .safetensors file is damaged or not all there; its header alone is read."""
    with _opened(path, lambda: safe_open(path, "pt")):
        pass


def read_tensors(path):
    """{name: tensor} of a .safetensors file, on the CPU."""
    return _opened(path, lambda: load_file(path))


def _opened(path, read):
    if not Path(path).is_file():
        raise UserError(f"{path}: there is no such file.")
    try:
        return read()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({first_line(error)}).") from None
    except SafetensorError as error:
        raise UserError(f"{path}: is no whole .safetensors file ({first_line(error)}).") from None
