"""Starts the program as a user does, in one process or two (gloo, no GPU)."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NANO = HERE.parents[2] / "public/bundles/nano"
MINI_FLUX = NANO.with_name("mini-flux")
RUN = {
    "version": 1, "bundle": "nano", "method": "srpo", "steps": 3, "batch": 2, "prompts": ["cat face", "red apple", "penguin"],
    "rollout": {"steps": 4}, "lora": {"rank": 4}, "keepEvery": 2, "samples": {"every": 100},
}  # fmt: skip
# One thread: the sums of two processes are compared with those of one.
ENVIRONMENT = {
    **os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}", "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1",
}  # fmt: skip


def python(*arguments, processes=1, more=None):
    """A started program; `processes` of them form a group. more: of its environment."""
    launch = []
    if processes > 1:
        launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *launch, *map(str, arguments)]
    return subprocess.Popen(command, env={**ENVIRONMENT, **(more or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process):
    """What it printed; it must have ended well."""
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output
