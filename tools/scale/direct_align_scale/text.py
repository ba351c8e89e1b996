"""Prompts as the transformer takes them: from the bundle's own encoder, or from an embeddings file.

An embeddings file is .safetensors: `tokens.I` [L, width] and, where the model has one, `pooled.I` [width] of prompt I, f16;
metadata `prompts`: the prompts in that order, as JSON.
"""

import json

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .errors import UserError


class BundleEncoder:
    """The studio's: tokenizer.json and a text encoder in ONNX. Rows of padding are zero; pooled is the L2-normalised mean
    over the real tokens, special ones included."""

    def __init__(self, folder, length):
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer/tokenizer.json"))
        self._tokenizer.enable_truncation(length)
        padding = self._tokenizer.padding or {}
        self._tokenizer.enable_padding(
            length=length, pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]")
        )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 2
        self._session = onnxruntime.InferenceSession(
            str(folder / "text_encoder/model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts):
        """[(tokens [L, width], pooled [width])] of texts, f32 on the CPU."""
        # Each by itself: in a batch the last bits depend on what else is in it, and a resumed run would not be the same.
        return [self._encode(text) for text in texts]

    def _encode(self, text):
        encoded = [self._tokenizer.encode(text)]
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        feed = {"input_ids": np.array([e.ids for e in encoded], dtype=np.int64), "attention_mask": mask}
        if any(node.name == "token_type_ids" for node in self._session.get_inputs()):
            feed["token_type_ids"] = np.zeros_like(mask)
        (hidden,) = self._session.run(["last_hidden_state"], feed)
        mask = torch.from_numpy(mask)[:, :, None].float()
        tokens = torch.from_numpy(hidden).float() * mask
        pooled = torch.nn.functional.normalize(tokens.sum(1) / mask.sum(1), dim=-1)
        return tokens[0], pooled[0]


class EmbeddingsFile:
    """Prompts encoded before; nothing else can be encoded."""

    def __init__(self, path):
        self.path = path
        try:
            self._file = safe_open(path, "pt")
        except (OSError, SafetensorError) as error:
            raise UserError(f"{path}: is no embeddings file ({error}); `encode` writes one.") from None
        try:
            prompts = json.loads((self._file.metadata() or {})["prompts"])
            self._at = {prompt: i for i, prompt in enumerate(prompts)}
        except (KeyError, TypeError, ValueError):
            raise UserError(f'{path}: its metadata name no "prompts"; write it with `encode`.') from None
        names = set(self._file.keys())
        if (missing := next((i for i in self._at.values() if f"tokens.{i}" not in names), None)) is not None:
            raise UserError(f"{path}: has no tokens.{missing} for one of its prompts.")
        self._names = names

    def check(self, texts, widths):
        """Raises UserError naming the first text that is not in the file, or whose tensors the transformer cannot read.
        widths: of a prompt's tokens and of its pooled text, None where none is read."""
        self._check_known(texts)
        for text in texts:
            i = self._at[text]
            shapes = [self._shape(f"{part}.{i}") for part in ("tokens", "pooled")]
            fits = len(shapes[0]) == 2 and shapes[0][0] > 0 and shapes[0][1] == widths[0]
            if not fits or (widths[1] is not None and shapes[1] != [widths[1]]):
                wanted = f"tokens [n, {widths[0]}]" + ("" if widths[1] is None else f" and pooled [{widths[1]}]")
                raise UserError(
                    f'{self.path}: the embedding of "{text[:80]}" has tokens {shapes[0]} and pooled {shapes[1] or "none"}, and the '
                    f"transformer reads {wanted}: encode the texts with this base's folder."
                )
            for part in ("tokens", "pooled"):
                name = f"{part}.{i}"
                if name in self._names and not torch.isfinite(self._file.get_tensor(name)).all():
                    raise UserError(f'{self.path}: {name}, of "{text[:80]}", holds numbers that are not finite; encode the texts again.')

    def _shape(self, name):
        return self._file.get_slice(name).get_shape() if name in self._names else []

    def _check_known(self, texts):
        if (missing := next((text for text in texts if text not in self._at), None)) is not None:
            raise UserError(
                f'{self.path}: holds no embedding of "{missing[:80]}"; encode the run\'s texts with '
                "`python -m direct_align_scale encode --run RUN --model FOLDER --out FILE`."
            )

    def encode(self, texts):
        self._check_known(texts)
        out = []
        for i in (self._at[text] for text in texts):
            pooled = self._file.get_tensor(f"pooled.{i}").float() if f"pooled.{i}" in self._names else None
            out.append((self._file.get_tensor(f"tokens.{i}").float(), pooled))
        return out


def write_embeddings(path, encoded):
    """An embeddings file of {prompt: (tokens [L, width], pooled [width] or None)}."""
    tensors = {}
    for i, (tokens, pooled) in enumerate(encoded.values()):
        tensors[f"tokens.{i}"] = tokens.half().contiguous()
        if pooled is not None:
            tensors[f"pooled.{i}"] = pooled.half().contiguous()
    save_file(tensors, path, {"format": "pt", "prompts": json.dumps(list(encoded), ensure_ascii=False)})


class TextStates:
    """Prompts encoded and kept on the device, the MOST that were asked for last: captions may be many, and each takes
    megabytes. Shorter ones are padded with zeros to the longest of a call."""

    MOST = 128

    def __init__(self, encoder, device, dtype):
        self.encoder, self.device, self.dtype = encoder, device, dtype
        self._known = {}

    def states(self, texts):
        """tokens [n, L, width], pooled [n, width] or None."""
        wanted = dict.fromkeys(texts)
        new = [text for text in wanted if text not in self._known]
        for text, (tokens, pooled) in zip(new, self.encoder.encode(new) if new else []):
            pooled = None if pooled is None else pooled.to(self.device, self.dtype)
            self._known[text] = (tokens.to(self.device, self.dtype), pooled)
        for text in wanted:
            # To the end of those that were asked for.
            self._known[text] = self._known.pop(text)
        rows = [self._known[text] for text in texts]
        while len(self._known) > max(self.MOST, len(wanted)):
            del self._known[next(iter(self._known))]
        length = max(len(tokens) for tokens, _ in rows)
        tokens = torch.stack([torch.nn.functional.pad(t, (0, 0, 0, length - len(t))) for t, _ in rows])
        pooled = None if rows[0][1] is None else torch.stack([p for _, p in rows])
        return tokens, pooled
