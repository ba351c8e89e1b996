"""SRPO (arXiv 2509.06942): Direct-Align with two branches and a relative reward of words."""

from .direct_align import draw, step_of
from .method import Method

METHOD = Method("srpo", step_of("denoise", "inversion"), draw, forms=("relative",), takes_pictures=True)
