"""A few clipped AdamW updates by torch, the golden values of src/lora/adamw.test.ts.

    python tools/reference/adamw.py src/lora/adamw.golden.json
"""
import json
import sys

import torch

SHAPES = [(3, 5), (17,)]
# learning rate, weight decay, largest norm, scale of the gradients (some norms are clipped, some are not)
UPDATES = [(1e-2, 1e-4, 1.0, 1.0), (1e-2, 1e-4, 1.0, 0.05), (3e-3, 0.1, 0.1, 4.0), (3e-3, 0.1, 50.0, 1.0), (1e-3, 0.0, 0.5, 1e-6)]

generator = torch.Generator().manual_seed(3)
parameters = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.999), eps=1e-8)


def flat(tensors) -> list[list[float]]:
    return [t.detach().flatten().tolist() for t in tensors]


golden = {"initial": flat(parameters), "updates": []}
for rate, decay, clip, scale in UPDATES:
    for group in optimizer.param_groups:
        group.update(lr=rate, weight_decay=decay)
    for p in parameters:
        p.grad = torch.randn(p.shape, generator=generator) * scale
    gradients = flat(p.grad for p in parameters)
    norm = torch.nn.utils.clip_grad_norm_(parameters, clip).item()
    optimizer.step()
    golden["updates"].append({
        "learningRate": rate, "weightDecay": decay, "clipNorm": clip, "norm": norm,
        "gradients": gradients, "parameters": flat(parameters),
    })
golden["firstMoment"] = flat(optimizer.state[p]["exp_avg"] for p in parameters)
golden["secondMoment"] = flat(optimizer.state[p]["exp_avg_sq"] for p in parameters)

with open(sys.argv[1], "w") as file:
    file.write(json.dumps(golden) + "\n")
