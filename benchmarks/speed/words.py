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
from train.evaluation.generate import answer_all

QUESTION, SAMPLES = QUESTIONS[3], 8
EIGHT = (*QUESTIONS, "Is there a gallstone?", "Is there ascites?", "Is there free air?")
GREEDY = Decoding(max_new_tokens=48)


def word_rows(*, rounds: int) -> list[Row]:
    """The first word, a whole answer, eight answers and eight questions side by side."""
    engine = load_engine(DEFAULT_MODEL)
    features = engine.encode(make_case(SHOWROOM[0]).volume)
    alone, together = one_by_one(engine, features), in_a_batch(engine, features)
    if alone != together or ours(engine, features).strip() != alone[EIGHT.index(QUESTION)]:
        raise Med3DVLMError("The answers differ, so there is nothing to compare.")
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
        compare(
            f"{len(EIGHT)} questions to a scan in a batch, beside generate one after the other",
            lambda: one_by_one(engine, features),
            lambda: in_a_batch(engine, features),
            rounds=rounds,
        ),
    ]


def one_by_one(engine: Engine, features: VolumeFeatures) -> list[str]:
    """Answers to eight questions by `generate`."""
    most = GREEDY.max_new_tokens
    return [generated(engine, features, most, question).strip() for question in EIGHT]


def in_a_batch(engine: Engine, features: VolumeFeatures) -> list[str]:
    """The same as evaluation asks them."""
    with engine.models() as (vlm, _):
        return answer_all(
            vlm.model, vlm.prompt, torch.from_numpy(features.image_tokens)[None], EIGHT,
            rows=[0] * len(EIGHT), max_new_tokens=GREEDY.max_new_tokens,
        )  # fmt: skip


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
def generated(engine: Engine, features: VolumeFeatures, most: int, question: str = QUESTION) -> str:
    """The greedy answer by `generate`, which reads image and question each time."""
    with engine.models() as (vlm, _):
        ids = torch.tensor([vlm.prompt.question_ids((), question)])
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
