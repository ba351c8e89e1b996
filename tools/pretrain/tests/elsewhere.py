"""Tensors that say they lie on another device than the CPU: what a GPU refuses is refused, and no GPU is needed.

They are computed on the CPU. What mixes them with the CPU's own, or reads them without `.cpu()`, raises, as on a GPU; a
tensor of one number and an index may lie on either. The other device's name is "meta", the one that every torch knows.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

DEVICE = torch.device("meta")


class There(torch.Tensor):
    """A tensor on the other device; `inner` has its values."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype, device=DEVICE
        )

    def __init__(self, inner):
        self.inner = inner

    def __repr__(self):
        return f"There({tuple(self.shape)})"

    def tolist(self):
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return _computed(function, args, kwargs or {})


class Elsewhere(TorchDispatchMode):
    """Inside it the other device exists."""

    def __enter__(self):
        # torch.tensor makes its values out of this mode's sight.
        self._tensor, torch.tensor = torch.tensor, _tensor(torch.tensor)
        return super().__enter__()

    def __exit__(self, *error):
        torch.tensor = self._tensor
        return super().__exit__(*error)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return _computed(function, args, kwargs or {})


def _tensor(make):
    def tensor(values, device=None, **more):
        made = make(values, **more)
        return made if device is None else made.to(device)

    return tensor


def _computed(function, args, kwargs):
    name, found, here = function.name(), [], []

    def look(value):
        if isinstance(value, There):
            found.append(value)
        elif isinstance(value, torch.Tensor) and value.ndim > 0:
            here.append(value)

    tree_map(look, (args, kwargs))
    moves = name in ("aten::_to_copy", "aten::copy_")
    if found and here and not moves and not name.startswith("aten::index"):
        raise RuntimeError(f"{name}: its tensors lie on two devices")
    is_there = bool(found)
    if kwargs.get("device") is not None:
        is_there = torch.device(kwargs["device"]) == DEVICE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    inner_args, inner_kwargs = tree_map(lambda v: v.inner if isinstance(v, There) else v, (args, kwargs))
    out = function(*inner_args, **inner_kwargs)
    if args and function._schema.is_mutable and isinstance(out, torch.Tensor) and out is inner_args[0]:
        return args[0]
    return tree_map(lambda v: There(v) if is_there and isinstance(v, torch.Tensor) else v, out)
