"""`encode`: every text of a run through the base's text encoders, once, into an embeddings file."""

from pathlib import Path

import torch

from .base import Folder
from .errors import UserError, first_line
from .pictures import Pictures
from .run_file import read_run_file
from .text import BundleEncoder, write_embeddings
from .run_texts import texts_of


class PipelineEncoder:
    """The text encoders of a model's folder, as diffusers' pipelines use them: CLIP and T5 for FLUX.1, Qwen3 for FLUX.2 [klein].
    Padding is cut to the longest of the run's texts."""

    def __init__(self, path, is_flux2, device, length):
        from diffusers import Flux2KleinPipeline, FluxPipeline

        self.length, self.is_flux2, self.device = length, is_flux2, device
        try:
            self.pipeline = (Flux2KleinPipeline if is_flux2 else FluxPipeline).from_pretrained(
                path, transformer=None, vae=None, dtype=torch.bfloat16
            )
        except Exception as error:  # a missing folder, a damaged file: whatever the library says of it
            raise UserError(f"{path}: its text encoders cannot be loaded: {first_line(error, 200)}.") from None
        self.pipeline.to(device)

    @torch.no_grad()
    def encode(self, texts):
        length, out = self._longest(texts), []
        for text in texts:
            given = {"prompt": text, "device": self.device, "num_images_per_prompt": 1, "max_sequence_length": length}
            if self.is_flux2:
                tokens, pooled = self.pipeline.encode_prompt(**given)[0], [None]
            else:
                tokens, pooled, _ = self.pipeline.encode_prompt(prompt_2=None, **given)
            out.append((tokens[0].float().cpu(), None if pooled[0] is None else pooled[0].float().cpu()))
        return out

    def _longest(self, texts):
        """Tokens of the longest text, a multiple of 16; FLUX.2's chat template around it counted in."""
        tokenizer = self.pipeline.tokenizer if self.is_flux2 else self.pipeline.tokenizer_2
        longest = max(len(tokenizer(text).input_ids) for text in texts) + (32 if self.is_flux2 else 0)
        return min(self.length, -(-longest // 16) * 16)


def main(args):
    try:
        torch.zeros(1, device=args.device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {args.device}: cannot be used here ({first_line(error)}).") from None
    run = read_run_file(args.run)
    folder = Folder(args.model, args.size, args.embeddings, text=False)
    # A place that cannot be written is known before the encoders are read.
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    Path(args.out).open("ab").close()
    pictures = Pictures(run["images"], args.run) if run["images"] is not None else None
    texts = texts_of(run, folder, pictures)
    if (folder.path / "text_encoder/model.onnx").is_file():
        if folder.text_length is None:
            raise UserError(f'{folder.path}/bundle.json: names no "text.max_length", the tokens of a prompt.')
        encoder = BundleEncoder(folder.path, folder.text_length)
    else:
        encoder = PipelineEncoder(folder.path, folder.is_flux2, args.device, args.max_length)
    write_embeddings(args.out, dict(zip(texts, encoder.encode(texts))))
    print(f"{args.out}: {len(texts)} texts")
