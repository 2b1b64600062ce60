"""Words: `generate` of transformers against the engine, on a scan that is already encoded.

rows = word_rows(rounds=7)
"""

import torch

from benchmarks.encode import QUESTIONS
from benchmarks.speed.rounds import Row, compare
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import Med3DVLMError
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM

QUESTION, SAMPLES = QUESTIONS[3], 8
GREEDY = Decoding(max_new_tokens=48)


def word_rows(*, rounds: int) -> list[Row]:
    """The first word, a whole answer, and eight answers side by side."""
    engine = load_engine(DEFAULT_MODEL)
    features = engine.encode(make_case(SHOWROOM[0]).volume)
    if ours(engine, features) != generated(engine, features, GREEDY.max_new_tokens):
        raise Med3DVLMError("The two answers differ, so there is nothing to compare.")
    return [
        compare(
            "first word of a later question, beside generate",
            lambda: generated(engine, features, 1),
            lambda: ours(engine, features, most=1),
            rounds=rounds,
        ),
        compare(
            "a whole answer, beside generate",
            lambda: generated(engine, features, GREEDY.max_new_tokens),
            lambda: ours(engine, features),
            rounds=rounds,
        ),
        compare(
            "8 samples side by side, beside one after the other",
            lambda: [sampled(engine, features, seed) for seed in range(SAMPLES)],
            lambda: list(engine.sample(features, Conversation(), QUESTION, count=SAMPLES)),
            rounds=rounds,
        ),
    ]


def ours(engine: Engine, features: VolumeFeatures, *, most: int = GREEDY.max_new_tokens) -> str:
    """The engine's greedy answer, or its first words."""
    decoding = Decoding(max_new_tokens=most)
    events = engine.answer(features, Conversation(), QUESTION, decoding=decoding)
    return "".join(event.text for event in events)


def sampled(engine: Engine, features: VolumeFeatures, seed: int) -> list[object]:
    """One sampled answer, alone."""
    decoding = Decoding(max_new_tokens=64, temperature=1.0, seed=seed)
    return list(engine.answer(features, Conversation(), QUESTION, decoding=decoding))


@torch.inference_mode()
def generated(engine: Engine, features: VolumeFeatures, most: int) -> str:
    """The greedy answer by `generate`, which reads image and question each time."""
    with engine.models() as (vlm, _):
        ids = torch.tensor([vlm.prompt.question_ids((), QUESTION)])
        image_tokens = torch.from_numpy(features.image_tokens)[None]
        said = vlm.model.language_model.generate(
            inputs_embeds=vlm.model.embed(ids, image_tokens),
            attention_mask=torch.ones_like(ids),
            max_new_tokens=most,
            do_sample=False,
            eos_token_id=vlm.prompt.end_id,
            pad_token_id=vlm.prompt.end_id,
        )
        return vlm.prompt.decode(
            [token for token in said[0].tolist() if token != vlm.prompt.end_id]
        )
