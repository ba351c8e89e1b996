"""Captions as the transformer and the rewards take them."""

from pathlib import Path

import numpy as np

from .errors import UserError

SHIPPED = Path(__file__).parents[3] / "public/bundles/mini-flux"
FILES = ("tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json", "text_encoder/model.onnx")


def text_folder(given):
    """The folder with tokeniser and text encoder: the one given, else the bundle in the checkout."""
    folder = Path(given) if given else SHIPPED
    if missing := next((name for name in FILES if not (folder / name).is_file()), None):
        raise UserError(f"{folder}: has no {missing}; name a bundle with all-MiniLM-L6-v2 by --text.")
    return folder


class TextEncoder:
    """Tokens f16 [n, length, hidden], rows of padding zero, and pooled f32 [n, hidden]: the L2-normalised mean over the real
    tokens, special ones included."""

    def __init__(self, folder, length):
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[0]))
        except Exception as error:  # the package raises nothing narrower
            raise UserError(f"{folder / FILES[0]}: is no tokeniser ({str(error)[:100]}); name a bundle by --text.") from None
        self._tokenizer.enable_truncation(length)
        padding = self._tokenizer.padding or {}
        self._tokenizer.enable_padding(
            length=length, pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]")
        )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(folder / FILES[2]), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # a kind of its own for each way to be damaged
            what = str(error).splitlines()[0][:100]
            raise UserError(f"{folder / FILES[2]}: is no network ({what}); name a bundle by --text.") from None

    def encode(self, texts):
        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        feed = {"input_ids": np.array([e.ids for e in encoded], np.int64), "attention_mask": mask}
        if any(node.name == "token_type_ids" for node in self._session.get_inputs()):
            feed["token_type_ids"] = np.zeros_like(mask)
        (hidden,) = self._session.run(["last_hidden_state"], feed)
        tokens = hidden.astype(np.float32) * mask[:, :, None]
        pooled = tokens.sum(1) / mask.sum(1, keepdims=True)
        pooled /= np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return tokens.astype(np.float16), pooled.astype(np.float32)
