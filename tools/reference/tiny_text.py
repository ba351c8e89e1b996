"""A tiny WordPiece tokenizer and a tiny text encoder in ONNX, for the random-weight bundles."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "a of cat dog face red green apple penguin unicorn pizza strawberry rocket house star fox moon "
    "3d render flat design pencil sketch neon sign pixel art sticker cartoon photo old glossy black white icon"
).split()


def save_tokenizer(folder, max_length, special_ids):
    """Writes tokenizer.json and tokenizer_config.json; returns the vocabulary {piece: id}.

    special_ids: where [PAD], [UNK], [CLS], [SEP], [MASK] sit; words, letters and digits fill the rest.
    """
    characters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = iter([*".,;!?-", *characters, *(f"##{c}" for c in characters), *WORDS, "##s", "##ing"])
    specials = dict(zip(special_ids, SPECIALS))
    vocabulary = {}
    for piece in pieces:
        while len(vocabulary) in specials:
            vocabulary[specials[len(vocabulary)]] = len(vocabulary)
        vocabulary.setdefault(piece, len(vocabulary))
    ids = dict(zip(SPECIALS, special_ids))
    special = {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}
    cls, sep = ({"SpecialToken": {"id": t, "type_id": 0}} for t in ("[CLS]", "[SEP]"))
    pair = [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    single = [cls, {"Sequence": {"id": "A", "type_id": 0}}, sep]
    tokenizer = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": max_length, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": max_length}, "direction": "Right", "pad_to_multiple_of": None,
            "pad_id": ids["[PAD]"], "pad_type_id": 0, "pad_token": "[PAD]",
        },
        "added_tokens": [
            {
                "id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True,
            }
            for t, i in sorted(ids.items(), key=lambda item: item[1])
        ],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing", "single": single, "pair": single + pair, "special_tokens": special,
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    }  # fmt: skip
    config = {
        "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]",
        "mask_token": "[MASK]", "do_lower_case": True, "model_max_length": max_length,
        "padding_side": "right", "truncation_side": "right", "tokenizer_class": "BertTokenizer",
    }  # fmt: skip
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    return vocabulary


def save_text_encoder(weights, folder, vocabulary_size, max_length, hidden):
    """Writes model.onnx: input_ids, attention_mask (int64 [n, t]) → last_hidden_state (f32 [n, t, hidden]).

    e = embedding[id] + position; the sentence's masked mean c mixes into every token:
    last_hidden_state = tanh(e W_e + c W_c) W_o. Rows of padding are not zero, as in a real encoder.
    """
    scale = 1 / np.sqrt(hidden)
    initializers = {
        "embedding": weights.uniform("text.embedding", (vocabulary_size, hidden), 1.0).numpy(),
        "position": weights.uniform("text.position", (max_length, hidden), 0.2).numpy(),
        "token_weight": weights.uniform("text.token", (hidden, hidden), 1.2 * scale).numpy(),
        "context_weight": weights.uniform("text.context", (hidden, hidden), 0.8 * scale).numpy(),
        "output_weight": weights.uniform("text.output", (hidden, hidden), scale).numpy(),
        "axis_1": np.array([1], dtype=np.int64),
        "axis_2": np.array([2], dtype=np.int64),
        "zero": np.array([0], dtype=np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Shape", ["input_ids"], ["length"], start=1, end=2),
        node("Slice", ["position", "zero", "length", "zero"], ["positions"]),
        node("Gather", ["embedding", "input_ids"], ["words"]),
        node("Add", ["words", "positions"], ["e"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "axis_2"], ["mask3"]),
        node("Mul", ["e", "mask3"], ["masked"]),
        node("ReduceSum", ["masked", "axis_1"], ["sum"], keepdims=1),
        node("ReduceSum", ["mask3", "axis_1"], ["count"], keepdims=1),
        node("Div", ["sum", "count"], ["mean"]),
        node("MatMul", ["e", "token_weight"], ["token_part"]),
        node("MatMul", ["mean", "context_weight"], ["context_part"]),
        node("Add", ["token_part", "context_part"], ["mixed"]),
        node("Tanh", ["mixed"], ["active"]),
        node("MatMul", ["active", "output_weight"], ["last_hidden_state"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny_text_encoder",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["n", "t"]) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "t", hidden])],
        [numpy_helper.from_array(array, name) for name, array in initializers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
