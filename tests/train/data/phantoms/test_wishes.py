"""Random questions with the labels that their text alone gives."""

from collections import Counter

import numpy as np

from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.wishes import Wish
from train.data.phantoms.wishes import INTENTS, SLOTS, draw_sentence, labels_of, right_slots


def test_every_label_is_known_and_every_kind_of_question_occurs() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_sentence(rng, split="training") for _ in range(1500)]
    for slot, labels in SLOTS.all.items():
        assert {row.labels[slot] for row in drawn} <= set(labels)
    assert {row.wish.intent for row in drawn} == set(INTENTS)
    kinds = Counter(row.labels["kind"] for row in drawn)
    assert set(KINDS) <= set(kinds)
    assert all(row.text.strip() for row in drawn)


def test_a_question_that_leans_names_nothing() -> None:
    place = Wish(intent="place", kind="gallstone", leans=True)
    assert labels_of(place)["kind"] == ""
    assert labels_of(Wish(intent="presence", kind="gallstone", leans=True))["kind"] == "gallstone"
    assert labels_of(Wish(intent="untaught", value="finding"))["value"] == ""


def test_only_what_decides_the_answer_must_be_right() -> None:
    wanted = labels_of(Wish(intent="presence", kind="gallstone"))
    assert right_slots(wanted, wanted | {"side": "left", "tone": "ill"})
    assert not right_slots(wanted, wanted | {"kind": "liver cyst"})
    refused = labels_of(Wish(intent="off topic"))
    assert right_slots(refused, labels_of(Wish(intent="untaught", value="question")))
    assert not right_slots(refused, labels_of(Wish(intent="report")))
