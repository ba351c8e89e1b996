"""The folder of the results: files that are whole or not there, finished stages, checkpoints."""

import fcntl
import io
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from .errors import UserError


@contextmanager
def whole(path):
    """A file opened for writing that takes its place only when all of it is on disk."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.part")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path, value):
    with whole(path) as file:
        file.write((json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def write_array(path, array):
    with whole(path) as file:
        np.save(file, array)


def write_torch(path, value):
    # Through memory: torch's own writer turns a full disk into another error.
    buffer = io.BytesIO()
    torch.save(value, buffer)
    with whole(path) as file:
        file.write(buffer.getbuffer())


def read_json(path):
    with made_by_a_stage(path):
        return json.loads(Path(path).read_text())


def read_array(path, mmap_mode="r"):
    with made_by_a_stage(path):
        return np.load(path, mmap_mode=mmap_mode)


@contextmanager
def made_by_a_stage(path):
    """Inside it, what does not fit is a UserError that names the stage to make again."""
    try:
        yield
    except (ValueError, KeyError, TypeError, EOFError) as error:
        what = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise UserError(f"{path}: is damaged ({what}); make its stage again with --from {Path(path).parent.name}.") from None


class Folder:
    """OUT: a folder for each stage, `grids`, `bundle`. One process at a time works in it."""

    def __init__(self, path):
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{path} is a file: name a folder with --out.")
        bundle = self.path / "bundle.json"
        if bundle.exists():
            raise UserError(f"{path} is a bundle itself: name another folder with --out.")
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.path / "lock", "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise UserError(f"{path}: another process works in this folder; end it, or name another one.") from None

    def of(self, stage):
        return self.path / stage

    def finished(self, stage):
        """What the stage left in its record, or None where it is not finished."""
        record = self.of(stage) / "done.json"
        return read_json(record) if record.exists() else None

    def finish(self, stage, settings, measured):
        """Marks the stage as finished; its checkpoint is needed no more."""
        write_json(self.of(stage) / "done.json", {"settings": settings, "measured": measured})
        (self.of(stage) / "checkpoint.pt").unlink(missing_ok=True)

    def drop(self, stage):
        """Forgets what the stage made. Its record goes first, so that half of it never counts."""
        (self.of(stage) / "done.json").unlink(missing_ok=True)
        shutil.rmtree(self.of(stage), ignore_errors=True)

    def close(self):
        self._lock.close()


def difference(made, wanted, prefix=""):
    """The first setting in which two records of settings differ, as (name, made, wanted); None where there is none."""
    for key in wanted:
        name, a, b = f"{prefix}{key}", made.get(key), wanted[key]
        if isinstance(a, dict) and isinstance(b, dict):
            if found := difference(a, b, f"{name}."):
                return found
        elif a != b:
            return name, a, b
    return None
