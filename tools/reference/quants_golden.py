"""What the `gguf` package makes of every storage type that the engine reads; or proves that it does.

    python quants_golden.py [--check]

golden/quants holds
  types.gguf             a tensor [2, 512] of each type, and a pair of metadata of every kind
  expected.safetensors   the same tensors in f32
  encoded.safetensors    `values` [n, 32] f32, and their blocks `Q8_0` and `Q4_0` as bytes
"""

import sys
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, dequantize, quantize
from gguf.constants import GGML_QUANT_SIZES
from safetensors.numpy import save_file

from golden_folder import main

FOLDER = Path(__file__).parent / "golden/quants"
ROWS, COLUMNS = 2, 512
# Where a block's f16 numbers lie.
HALVES = {
    Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2],
    Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}  # fmt: skip
# Both signs, subnormal ones, the largest and the smallest.
SCALES = np.array([1, -0.37, 5e-6, -(2**-24), 65504, 0.0113, -0.0, 6.1e-5], np.float16)


def blocks(random, kind):
    """Random bytes with such scales."""
    weights, size = GGML_QUANT_SIZES[kind]
    data = random.randint(0, 256, (ROWS * COLUMNS // weights, size)).astype(np.uint8)
    for i, offset in enumerate(HALVES[kind]):
        scales = np.resize(np.roll(SCALES, -3 * i), len(data))
        data[:, offset : offset + 2] = scales.view(np.uint8).reshape(-1, 2)
    return data.reshape(ROWS, -1)


def write_types(folder):
    random = np.random.RandomState(7)
    writer = GGUFWriter(folder / "types.gguf", "test")
    writer.add_uint8("a.u8", 200)
    writer.add_int8("a.i8", -100)
    writer.add_uint16("a.u16", 60000)
    writer.add_int16("a.i16", -30000)
    writer.add_uint32("a.u32", 4_000_000_000)
    writer.add_int32("a.i32", -2_000_000_000)
    writer.add_float32("a.f32", 0.5)
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "größer 大 \U0001f3a8")
    writer.add_array("a.numbers", [1, 2, 3])
    writer.add_array("a.strings", ["", "two", "drei"])
    writer.add_uint64("a.u64", 2**40)
    writer.add_int64("a.i64", -(2**40))
    writer.add_float64("a.f64", 0.1)
    expected = {}
    values = random.uniform(-2, 2, (ROWS, COLUMNS)).astype(np.float32)
    for kind in (Type.F32, Type.F16, Type.BF16):
        data = quantize(values, kind)
        raw = None if kind in (Type.F32, Type.F16) else kind
        writer.add_tensor(kind.name, data, raw_dtype=raw)
        expected[kind.name] = np.ascontiguousarray(dequantize(data, kind))
    for kind in HALVES:
        data = blocks(random, kind)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = dequantize(data, kind)
    # One of an odd number of bytes, so that the next begins after padding.
    writer.add_tensor("odd", np.array([1, 2, 3], np.float16))
    writer.add_tensor("last", np.array([[5.0]], np.float32))
    expected |= {"odd": np.array([1, 2, 3], np.float32), "last": np.array([[5.0]], np.float32)}
    for name, value in expected.items():
        if not np.isfinite(value).all():
            sys.exit(f"{name} holds values that are not finite.")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, folder / "expected.safetensors")


def write_encoded(folder):
    random = np.random.RandomState(8)
    rows = [random.uniform(-1, 1, 32) * scale for scale in (1, 1e-3, 1e-5, 1e-6, 3e-8, 1e-20, 300, 1e5)]
    rows += [np.zeros(32), np.full(32, -0.7), np.arange(-16, 16) / 8, np.arange(32) * 1.0]
    # Ties between two numbers of the block, and the farthest from zero twice, with both signs.
    rows += [np.arange(-127, 129, 8) / 2, np.tile([127.0, -127.0, 0.5, -0.5, 1.5, 63.5, -63.5, 2.5], 4)]
    rows += [np.tile([-8.0, 8.0, 0.5, -0.5, 1.5, 7.5, -7.5, 2.5], 4)]
    values = np.stack(rows).astype(np.float32)
    file = {"values": values}
    for kind in (Type.Q8_0, Type.Q4_0):
        file[kind.name] = quantize(values, kind)
    save_file(file, folder / "encoded.safetensors")


def write(folder):
    write_types(folder)
    write_encoded(folder)


if __name__ == "__main__":
    main(__doc__, FOLDER, write)
