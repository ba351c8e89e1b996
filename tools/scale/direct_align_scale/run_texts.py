"""The texts of a run."""

from .rewards import needs_words_encoded
from .run_file import shares, word_history


def texts_of(run, folder, pictures=None):
    """Every text that the base's encoder is asked for in a run: prompts, captions, samples, none where guidance needs it,
    and prompts with a word before them where a reward reads the base's pooled text."""
    prompts = [*run["prompts"], *(pictures.captions if pictures else [])]
    texts = [*prompts, *run["samples"]["prompts"]]
    if not folder.transformer.get("guidance_embeds", False):
        texts.append("")
    if needs_words_encoded(folder.path, shares(run), folder.reward_names):
        words = [word for at in word_history(run) for word in (*at["positive"], *at["negative"])]
        texts += [f"{word}. {prompt}" for word in words for prompt in prompts]
    return list(dict.fromkeys(texts))
