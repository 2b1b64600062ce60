"""The four kinds of answer, told by their words."""

import pytest

from med3dvlm.metrics.answer_kinds import AnswerKind, answer_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I was not taught that: I can be asked about 25 kinds of finding.", "not taught"),
        ("I haven't learned about ages. Ask me about stones.", "not taught"),
        ("That is outside what I was taught.", "not taught"),
        ("I don't know about that. I can be asked what is shown.", "not taught"),
        ("I can only be asked about chest, abdomen and pelvis.", "not taught"),
        ("That part is not in this scan.", "not in scan"),
        ("The kidneys are not in this scan, which shows the chest.", "not in scan"),
        ("The liver lies outside this scan.", "not in scan"),
        ("This scan doesn't cover the pelvis.", "not in scan"),
        ("No, that part is not in this scan.", "not in scan"),
        ("Hello. I am a small model that reads CT phantoms; I can be asked about them.",
         "small talk"),
        ("You're welcome.", "small talk"),
        ("This is a demonstration. Ask me about this scan.", "small talk"),
        ("Yes", "answer"),
        ("Axial", "answer"),
        ("There is no stone in this scan.", "answer"),
        ("No, a stone is not shown in this scan.", "answer"),
        ("The liver appears normal.", "answer"),
        ("No abnormality was seen.", "answer"),
        ("", "answer"),
    ],
)  # fmt: skip
def test_the_kind_of_an_answer_is_told_by_its_words(text: str, kind: AnswerKind) -> None:
    assert answer_kind(text) == kind
