"""accelerate's checkpoints: what is in one, and their folder."""

import os
import re
import shutil

from .errors import UserError, first_line


class State:
    """What an accelerate checkpoint holds: the factors, AdamW's moments, the old LoRA, the number of updates done, and which
    base, size and pictures they belong to. The base's weights are not in it."""

    def __init__(self, adapter, optimizer, folder, pictures):
        self.adapter, self.optimizer, self.step = adapter, optimizer, 0
        self.base, self.size = folder.fingerprint, [folder.width, folder.height]
        self.pictures = pictures and pictures.fingerprint

    def state_dict(self):
        return {
            "step": self.step,
            "base": self.base,
            "size": self.size,
            "pictures": self.pictures,
            "factors": {name: value.cpu() for name, value in self.adapter.values().items()},
            "old": None if self.adapter.old is None else {name: v.cpu() for name, v in self.adapter.old.items()},
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state):
        if state["pictures"] != self.pictures:
            raise UserError(
                '"images": these are not the pictures that the run was begun with: put files and captions back as they were, '
                "or begin anew with --force."
            )
        if state["base"] != self.base:
            raise UserError("--model: the run was begun with another base: give that one, or begin anew with --force.")
        if state["size"] != self.size:
            width, height = state["size"]
            raise UserError(f"--size: the run was begun with {width}x{height}: give that, or begin anew with --force.")
        self.step = state["step"]
        self.adapter.load(state["factors"])
        if state["old"] is not None:
            for name, value in state["old"].items():
                self.adapter.old[name].copy_(value)
        self.optimizer.load_state_dict(state["optimizer"])


class Checkpoints:
    """Folders `step-N` of accelerate's save_state; the newest whole one counts, one before it is kept."""

    def __init__(self, folder, accelerator):
        self.folder, self.accelerator = folder, accelerator

    def found(self):
        return sorted(path for path in self.folder.glob("step-*") if re.fullmatch(r"step-\d{6}", path.name))

    def save(self, step):
        partial = self.folder / f".partial-{step:06d}"
        if self.accelerator.is_main_process:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        self.accelerator.wait_for_everyone()
        try:
            self.accelerator.save_state(str(partial))
        except (OSError, RuntimeError) as error:  # torch's own writer makes another error of a full disk
            shutil.rmtree(partial, ignore_errors=True)
            raise UserError(
                f"{partial}: cannot be written ({first_line(error)}); make room and go on with --resume after the checkpoint before."
            ) from None
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            os.replace(partial, self.folder / f"step-{step:06d}")
            for old in self.found()[:-2]:
                shutil.rmtree(old, ignore_errors=True)

    def load_newest(self):
        """Goes on from the newest, where there is one; returns whether there is."""
        *before, newest = [None, *self.found()]
        if newest is None:
            return False
        try:
            self.accelerator.load_state(str(newest))
        except UserError:
            raise
        except Exception as error:  # torch and pickle raise many kinds for a damaged file
            then = f"goes on after {before[-1].name}" if before[-1] else "begins the run anew"
            raise UserError(f"{newest}: cannot be read ({first_line(error, 80)}); remove this folder, and --resume {then}.") from None
        return True
