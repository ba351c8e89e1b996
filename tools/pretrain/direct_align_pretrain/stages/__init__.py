"""The stages in the order in which they run. A stage is a module: DOES, what it does; NEEDS, stages before it; PART, its
part of the config; make(work), which returns what was measured. Adding one is a file and a line here."""

from . import (
    aesthetic,
    assemble,
    autoencoder,
    captions,
    distillation,
    judge,
    pictures,
    preference,
    reward,
    transformer,
)

STAGES = {
    "pictures": pictures,
    "captions": captions,
    "autoencoder": autoencoder,
    "reward": reward,
    "transformer": transformer,
    "distillation": distillation,
    "preference": preference,
    "aesthetic": aesthetic,
    "judge": judge,
    "assemble": assemble,
}
