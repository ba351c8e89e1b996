"""Writes the networks that onnxruntime-web is given, one an operation. Sizes are those of the operands."""

from pathlib import Path

from onnx import TensorProto, checker, helper, save

HERE = Path(__file__).parent
FLOAT = TensorProto.FLOAT


def value(name, *shape):
    return helper.make_tensor_value_info(name, FLOAT, shape)


def write(name, nodes, inputs, outputs, opsets=(), initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializer=initializers)
    opsets = [helper.make_opsetid("", 17), *opsets]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="")
    save(model, HERE / f"{name}.onnx")


write(
    "matmul",
    [helper.make_node("MatMul", ["x", "w"], ["y"])],
    [value("x", "m", "k"), value("w", "k", "n")],
    [value("y", "m", "n")],
)

# The kernel is a constant, which onnxruntime rearranges once: its bytes are given with the network.
kernel = TensorProto(name="w", data_type=FLOAT, dims=[64, 64, 3, 3], data_location=TensorProto.EXTERNAL)
for key, entry in {"location": "w", "offset": "0", "length": str(4 * 64 * 64 * 9)}.items():
    kernel.external_data.add(key=key, value=entry)
write(
    "convolution",
    [helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
    [value("x", 1, 64, "side", "side")],
    [value("y", 1, 64, "side", "side")],
    initializers=[kernel],
)

# Attention by onnxruntime's own operator, which is its fastest, and by parts, which every adapter computes right.
for heads, size in ((4, 64), (24, 128)):
    write(
        f"attention-{heads}",
        [helper.make_node("MultiHeadAttention", ["q", "k", "v"], ["y"], domain="com.microsoft", num_heads=heads)],
        [value(name, 1, "tokens", heads * size) for name in "qkv"],
        [value("y", 1, "tokens", heads * size)],
        opsets=[helper.make_opsetid("com.microsoft", 1)],
    )
write(
    "attention-parts",
    [
        helper.make_node("MatMul", ["q", "k"], ["products"]),
        helper.make_node("Mul", ["products", "scale"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["weights"], axis=-1),
        helper.make_node("MatMul", ["weights", "v"], ["y"]),
    ],
    [value("q", "heads", "tokens", "size"), value("k", "heads", "size", "tokens")]
    + [value("v", "heads", "tokens", "size"), value("scale", 1)],
    [value("y", "heads", "tokens", "size")],
)
