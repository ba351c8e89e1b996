"""Torch's antialiased bicubic resize as matrices, the golden values of src/ops/resize.test.ts.

    python tools/reference/resize.py src/ops/resize.golden.json
"""
import json
import sys

import torch
from torch.nn.functional import interpolate

# Of the large ones only every 25th row is kept.
SIZES = [(4, 9), (7, 16), (16, 7), (21, 8), (11, 3), (10, 30), (13, 12), (30, 2)]
LARGE = [(128, 224), (224, 128), (331, 224), (97, 301)]


def rows(in_size: int, out_size: int, every: int) -> list[dict]:
    """Rows of one axis of the resize as a matrix [out, in], from the first weight that is not 0 to the last."""
    unit = torch.eye(in_size)[None, None]
    resized = interpolate(unit, size=(out_size, in_size), mode="bicubic", antialias=True, align_corners=False)
    result = []
    for index in range(out_size - 1, -1, -every):
        row = [round(v, 7) for v in resized[0, 0, index].tolist()]
        used = [i for i, v in enumerate(row) if v]
        result.append({"row": index, "first": used[0], "weights": row[used[0]:used[-1] + 1]})
    return result


with open(sys.argv[1], "w") as file:
    cases = [{"in": i, "out": o, "rows": rows(i, o, 25 if (i, o) in LARGE else 1)} for i, o in SIZES + LARGE]
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
