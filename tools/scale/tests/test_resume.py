"""A killed run goes on from its checkpoint and ends with the same bytes as one that was left alone; of two processes, where the
transformer is spread over them from then on."""

import json
import os
import signal
import time

import pytest

from programs import NANO, RUN, finished, python

STEPS = 5


def lines_of(out):
    file = out / "metrics.jsonl"
    return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def run_file(tmp_path):
    # With an old LoRA and AdamW's moments there is the most to keep.
    run = {**RUN, "method": "nft", "steps": STEPS, "batch": 4, "options": {"group": 2, "times": 2}}
    path = tmp_path / "run.json"
    path.write_text(json.dumps(run))
    return path


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_and_resumed(tmp_path, run_file, processes):
    def start(out, *more):
        given = ["-m", "direct_align_scale", "--run-file", run_file, "--model", NANO, "--out", out, *more]
        return python(*given, processes=processes)

    alone, killed = tmp_path / "alone", tmp_path / "killed"
    finished(start(alone))
    process = start(killed)
    while len(lines_of(killed)) < 2 and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, "it ended before it could be killed"
    # Workers of a group that lose the process that started them would go on: they are killed with it.
    for child in children_of(process.pid):
        os.kill(child, signal.SIGKILL)
    process.kill()
    process.communicate()

    begun = len(lines_of(killed))
    saved = max(int(path.name.removeprefix("step-")) for path in (killed / "checkpoints").glob("step-*"))
    assert begun - 1 <= saved <= begun < STEPS
    finished(start(killed, "--resume", *(["--shard"] if processes > 1 else [])))

    name = "lora/pytorch_lora_weights.safetensors"
    assert (killed / name).read_bytes() == (alone / name).read_bytes()
    kept = [[{**json.loads(line), "seconds": 0} for line in lines_of(out)] for out in (alone, killed)]
    assert kept[0] == kept[1]
    assert [line["step"] for line in kept[1]] == list(range(1, STEPS + 1))


def children_of(pid):
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
