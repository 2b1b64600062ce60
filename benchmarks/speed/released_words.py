"""The first word at the released size: layers of Qwen2-7B's sizes with random weights.

rows = released_rows(rounds=7)

The whole model doesn't fit here. Each of its layers does the same for a token, so the ratio of a
few is that of all; what it leaves out is the same for both ways (the vocabulary, once a word).
"""

import torch
from transformers import Qwen2ForCausalLM

from benchmarks.speed.rounds import Row, compare
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import decode
from med3dvlm.engine.prefix_cache import PrefixCache, SegmentedPrompt
from med3dvlm.errors import Med3DVLMError
from med3dvlm.model.vlm import LanguageConfig

LAYERS, OF_LAYERS = 1, 28
IMAGE, QUESTION = 256, 24  # tokens
SIZES = LanguageConfig(
    vocabulary=1024, width=3584, layers=LAYERS, heads=28, key_heads=4, hidden=18944, tied=True
)


def released_rows(*, rounds: int, sizes: LanguageConfig = SIZES) -> list[Row]:
    """A later question to an encoded scan, beside `generate`, which reads the image again."""
    torch.manual_seed(0)
    language_model = Qwen2ForCausalLM(sizes.qwen2()).eval()
    embeddings = torch.randn(1, IMAGE + QUESTION, sizes.width) / sizes.width**0.5
    prompt = SegmentedPrompt("scan", (tuple(range(IMAGE)), tuple(range(QUESTION))))
    kept = PrefixCache()

    def plain() -> int:
        said = language_model.generate(
            inputs_embeds=embeddings, attention_mask=torch.ones(1, IMAGE + QUESTION),
            max_new_tokens=1, do_sample=False,
        )  # fmt: skip
        return int(said[0, -1])

    def ours() -> int:
        cache = kept.read(language_model, embeddings, prompt)
        steps = decode(
            language_model, embeddings, ends=(), decoding=Decoding(max_new_tokens=1), cache=cache
        )
        return next(steps).token

    with torch.inference_mode():
        if plain() != ours():
            raise Med3DVLMError("The two first words differ, so there is nothing to compare.")
        return [
            compare(
                f"first word of a later question, {LAYERS} of the {OF_LAYERS} layers of the "
                "released size, beside generate", plain, ours, rounds=rounds,
            )
        ]  # fmt: skip
