"""The loop: resumed it gives the same bits; what is wrong is one sentence and loses nothing."""

from types import SimpleNamespace

import pytest
import torch

from direct_align_pretrain.errors import UserError
from direct_align_pretrain.folder import Folder
from direct_align_pretrain.training import adamw, falling, train


def work(path, **more):
    return SimpleNamespace(
        config=SimpleNamespace(seed=1), folder=Folder(path), device="cpu", quiet=True, checkpoint_seconds=1e9, stop_after=None,
        settings=lambda stage: {"width": 3}, **more,
    )  # fmt: skip


def trained(work, steps=12, bad=None):
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 3)

    def loss_of(draw, at):
        loss = (network(torch.randn(4, 3, generator=draw)) ** 2).mean()
        return loss * float("nan") if at == bad else loss

    return train(work, "toy", network, [adamw(network.parameters(), 0.1)], steps, loss_of, falling, average=0.9)


def test_a_stopped_stage_ends_with_the_same_bits(tmp_path):
    whole = trained(work(tmp_path / "a"))
    other = work(tmp_path / "b")
    for step in (3, 8):
        other.stop_after = step
        with pytest.raises(KeyboardInterrupt):
            trained(other)
    other.stop_after = None
    again = trained(other)
    assert torch.equal(whole.weight, again.weight) and torch.equal(whole.bias, again.bias)


@pytest.fixture
def stopped(tmp_path):
    made = work(tmp_path / "x")
    made.stop_after = 3
    with pytest.raises(KeyboardInterrupt):
        trained(made)
    made.stop_after = None
    return made


def test_a_checkpoint_of_another_config(stopped):
    stopped.settings = lambda stage: {"width": 4}
    with pytest.raises(
        UserError, match="was made with width 3, not 4; give the same settings, another folder, or make it anew"
    ):
        trained(stopped)


def test_a_damaged_checkpoint(stopped):
    path = stopped.folder.of("toy") / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match="cannot be read .* begin the stage anew with --from toy"):
        trained(stopped)


def test_a_loss_that_is_not_finite(tmp_path):
    with pytest.raises(UserError, match="Stage toy: the loss is not finite at step 7"):
        trained(work(tmp_path / "x"), bad=0.5)


def test_a_full_disk_keeps_the_checkpoint_before(stopped, monkeypatch):
    path = stopped.folder.of("toy") / "checkpoint.pt"
    kept = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    stopped.stop_after = 6
    with pytest.raises(OSError, match="No space left"):
        trained(stopped)
    assert path.read_bytes() == kept and [p.name for p in path.parent.iterdir()] == ["checkpoint.pt"]
