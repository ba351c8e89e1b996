"""The folder of a run.

    run.json  metrics.jsonl  lora/pytorch_lora_weights.safetensors  adapters/step-000010.safetensors …
    samples/step-000000.png …  checkpoints/step-000007
"""

import json
import shutil
import tempfile
from pathlib import Path

from . import needs
from .errors import UserError
from .run_file import parse_run_file, run_key

EXPORT = "lora/pytorch_lora_weights.safetensors"
CHECKPOINTS = "checkpoints"
WRITTEN = ("run.json", "metrics.jsonl", "lora", "adapters", "samples", CHECKPOINTS)


class Out:
    """The run's folder."""

    def __init__(self, path):
        self.path = Path(path)

    def begin(self, run, resume, force):
        """Checks what lies there. Returns whether a run goes on."""
        there = [name for name in WRITTEN if (self.path / name).exists()]
        if resume:
            if not (self.path / "run.json").is_file():
                raise UserError(f"{self.path}: holds no run to resume; leave --resume out to begin one.")
            if not (self.path / CHECKPOINTS).is_dir():
                raise UserError(f"{self.path}: holds no checkpoints, so it is no run of this program; name another folder with --out.")
            before = parse_run_file((self.path / "run.json").read_bytes(), str(self.path / "run.json"))
            if run_key(before) != run_key(run):
                key = next(key for key in {**run, **before} if key != "steps" and before.get(key) != run.get(key))
                raise UserError(f'--resume: "{key}" differs from {self.path}/run.json; only "steps" may change.')
            return True
        if there and not force:
            raise UserError(f"{self.path}: holds a run already ({there[0]}); go on with --resume or begin anew with --force.")
        return False

    def clear(self):
        for name in WRITTEN:
            path = self.path / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def check_writable(self, size):
        """Raises UserError where the folder cannot be written, or has less room than `size` bytes."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise UserError(f"{self.path}: cannot be written ({error.strerror}); name another folder with --out.") from None
        if size > free:
            raise UserError(
                f"{self.path}: checkpoints and adapters need about {size / needs.GIB:.3g} GiB, and {free / needs.GIB:.3g} are free: "
                'make room, or raise "keepEvery".'
            )

    def write_run(self, run):
        # First, so that a resume knows the run for one of this program.
        (self.path / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        (self.path / "run.json").write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def append(self, line):
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def trim(self, step):
        """Keeps the lines of updates 1 to `step`."""
        file = self.path / "metrics.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        kept = []
        for line in lines[:step]:
            try:
                if json.loads(line)["step"] != len(kept) + 1:
                    break
            except (ValueError, KeyError):
                break
            kept.append(line + "\n")
        file.write_text("".join(kept), encoding="utf-8")
