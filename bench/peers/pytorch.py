"""The rows of the table that are one operation, by PyTorch eager on this processor, as Markdown.

    python pytorch.py matmul-512x512x512 ... [--quick]
"""

import statistics
import sys
import time

import torch
from torch.nn import functional as F


def work(row):
    """What the row computes, its name, or None where it is a part of our own step."""
    kind, _, sizes = row.partition("-")
    if kind == "matmul":
        m, n, k = map(int, sizes.split("x"))
        x, w = torch.rand(m, k), torch.rand(n, k)
        return lambda: F.linear(x, w)
    if kind == "attention":
        heads, tokens, size = map(int, sizes.split("x"))
        q, k, v = (torch.rand(1, heads, tokens, size) for _ in "qkv")
        return lambda: F.scaled_dot_product_attention(q, k, v)
    if kind == "convolution":
        side = int(sizes)
        x, w = torch.rand(1, 64, side, side), torch.rand(64, 64, 3, 3)
        return lambda: F.conv2d(x, w, padding=1)
    return None


def seconds(compute):
    start = time.perf_counter()
    compute()
    return time.perf_counter() - start


def main():
    quick = "--quick" in sys.argv
    rows = [row for row in sys.argv[1:] if not row.startswith("--")]
    lines = []
    with torch.inference_mode():
        for row in rows:
            compute = work(row)
            if compute is None:
                continue
            compute()
            once = seconds(compute)
            repeats = max(1, int(0.1 / once))
            times = []
            for _ in range(3 if quick else 7):
                times.append(1000 * seconds(lambda: [compute() for _ in range(repeats)]) / repeats)
                if sum(times) * repeats > 20_000:
                    break
            middle, least, most = (f"{t:.3g}" for t in (statistics.median(times), min(times), max(times)))
            lines.append(f"| {row} | {middle} ({least} – {most}) |")
    if not lines:
        return
    print(
        f"PyTorch {torch.__version__} eager, {torch.get_num_threads()} threads of the same processor, no WebGPU, "
        "after the tables above and not in turns with them.\n"
    )
    print("| ms (least – most) | PyTorch |\n| --- | ---: |")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
