"""What is asked about a phantom: balanced, answerable, the same at each call."""

from collections import Counter

import numpy as np

from med3dvlm.metrics.answer_kinds import ANSWER_KINDS
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS
from train.evaluation.visitors.questions import Asked, draw_questions
from train.evaluation.visitors.truth import wanted_kinds

CASES = 150


def drawn(split: str = "validation") -> list[tuple[int, Asked]]:
    return [
        (seed, asked)
        for seed in range(CASES)
        for asked in draw_questions(draw_facts(seed), np.random.default_rng(seed), split=split)
    ]


def test_each_register_asks_in_both_sorts_of_frames_about_each_phantom() -> None:
    cells = Counter(
        (asked.register, asked.own_frames) for _, asked in drawn() if asked.part == "yes/no"
    )
    assert cells == {(register, own): CASES for register in REGISTERS for own in (True, False)}


def test_yes_is_nearly_as_frequent_as_no() -> None:
    answers = [draw_facts(seed).has(asked.wish.kind)
               for seed, asked in drawn() if asked.part == "yes/no"]  # fmt: skip
    assert 0.4 < np.mean(answers) < 0.55


def test_free_questions_want_all_four_kinds_of_answer() -> None:
    wanted = Counter(
        wanted_kinds(asked.wish, draw_facts(seed))[0]
        for seed, asked in drawn() if asked.part == "free"
    )  # fmt: skip
    assert set(wanted) == set(ANSWER_KINDS)
    assert min(wanted.values()) > 0.1 * sum(wanted.values())


def test_sides_and_sizes_are_asked_of_findings_that_have_them() -> None:
    for _, asked in drawn():
        kind = KINDS.get(asked.wish.kind)
        if asked.wish.intent in ("place", "side check"):
            assert kind is not None
            assert kind.places
        if asked.wish.intent == "size":
            assert kind is not None
            assert kind.sized


def test_a_follow_up_leans_on_a_question_before_it() -> None:
    for _, asked in drawn():
        assert len(asked.texts) == (2 if asked.part == "follow-up" else 1)
        assert asked.wish.leans is (asked.part == "follow-up")


def test_the_same_phantom_is_asked_the_same_and_the_splits_differ() -> None:
    assert drawn() == drawn()
    texts = [{text for _, asked in drawn(split) for text in asked.texts if not asked.own_frames}
             for split in ("validation", "test")]  # fmt: skip
    assert len(texts[0] & texts[1]) < 0.01 * len(texts[0])
