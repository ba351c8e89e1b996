"""Matrices of torch's antialiased bicubic resize, the golden values of src/ops/resize.test.ts.

    python tools/reference/resize.py src/ops/resize.golden.json
"""
import json
import sys

import torch
from torch.nn.functional import interpolate

SIZES = [(4, 9), (7, 16), (16, 7), (21, 8), (11, 3), (10, 30), (13, 12), (30, 2)]


def matrix(in_size: int, out_size: int) -> list[list[float]]:
    """One axis of the resize as a matrix [out, in]: the resized unit vectors."""
    unit = torch.eye(in_size)[None, None]
    resized = interpolate(unit, size=(out_size, in_size), mode="bicubic", antialias=True, align_corners=False)
    return [[round(v, 7) for v in row] for row in resized[0, 0].tolist()]


with open(sys.argv[1], "w") as file:
    cases = [{"in": i, "out": o, "matrix": matrix(i, o)} for i, o in SIZES]
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
