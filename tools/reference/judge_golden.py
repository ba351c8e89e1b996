"""What the judge says of real pictures, by onnxruntime for Python and numpy: golden/judge/expected.json.

    python judge_golden.py            # writes it
    python judge_golden.py --check    # proves that it is reproducible

The pictures beside it are of the sets that mini-flux was trained from, named STYLE_THING.png.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from golden import GOLDEN, ROOT

JUDGE = ROOT / "public/bundles/mini-flux/judge"
FOLDER = GOLDEN / "judge"


def softmax(logits):
    e = np.exp(logits - logits.max())
    return e / e.sum()


def measured(session, labels, path):
    """The network's outputs and the picture's own measures, in numpy."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(np.float32) / 255
    image = picture.transpose(2, 0, 1)[None]
    style, concept, quality, embedding = session.run(["style", "concept", "quality", "embedding"], {"image": image})
    grey = picture.astype(np.float64).mean(2)
    dx = np.abs(np.diff(grey, axis=1))[:-1]
    dy = np.abs(np.diff(grey, axis=0))[:, :-1]
    order = np.argsort(-concept[0])[:5]
    return {
        "styles": {s["id"]: float(p) for s, p in zip(labels["styles"], softmax(style[0].astype(np.float64)))},
        "concepts": [labels["concepts"][i] for i in order],
        "quality": float(quality.reshape(-1)[0]),
        "embedding": [float(v) for v in embedding[0, :8]],
        "saturation": float((picture.max(2) - picture.min(2)).astype(np.float64).mean()),
        "edgeDensity": float((dx + dy).mean()),
    }


def near(a, b):
    """Whether two values are the same but for rounding."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(near(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(near(x, y) for x, y in zip(a, b))
    return abs(a - b) < 1e-4 if isinstance(a, float) else a == b


def main():
    session = onnxruntime.InferenceSession(JUDGE / "judge.onnx", providers=["CPUExecutionProvider"])
    labels = json.loads((JUDGE / "labels.json").read_text())
    values = {path.name: measured(session, labels, path) for path in sorted(FOLDER.glob("*.png"))}
    file = FOLDER / "expected.json"
    if "--check" not in sys.argv:
        file.write_text(json.dumps(values, indent=1) + "\n")
    elif not near(values, json.loads(file.read_text())):
        sys.exit("golden/judge differs from what the judge says: run judge_golden.py.")
    print(f"judge: {len(values)} pictures")


if __name__ == "__main__":
    main()
