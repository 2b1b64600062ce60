"""Answers are compared by what they say, not by their words."""

import pytest

from med3dvlm.engine.meaning import agree, meaning_of
from med3dvlm.engine.understanding import own_words
from med3dvlm.phantoms.findings import KINDS

THERE = own_words.presence_question("pleural effusion")
WHERE = own_words.place_question("kidney stone")
PLEURA = own_words.organ_question("pleura")
ALL = own_words.ABNORMALITIES
SIZE = own_words.presence_question("gallstone")  # as which a question about a size is understood
CHEST = own_words.region_check("chest")


@pytest.mark.parametrize(
    ("question", "said", "means"),
    [
        (THERE, ("No", "No pleural effusion is seen."), "there is no pleural effusion"),
        (THERE, ("Yes", "Yes, there is a pleural effusion."), "there is a pleural effusion"),
        (
            WHERE,
            ("Left kidney", "The kidney stone is in the left kidney."),
            "there is a kidney stone in the left kidney",
        ),
        (
            WHERE,
            ("Right kidney", "No, the kidney stone is in the right kidney."),
            "there is a kidney stone in the right kidney",
        ),
        (
            PLEURA,
            ("Normal", "The pleura appears normal.", "No abnormality"),
            "the pleura is normal",
        ),
        (own_words.organ_question("kidney"), ("The kidneys look fine.",), "the kidneys are normal"),
        (ALL, ("None", "No abnormality is seen.", "Yes, no abnormality is seen.", "Normal"),
         "nothing is abnormal"),
        (
            ALL,
            ("Gallstone and ascites", "No: ascites and a gallstone can be seen."),
            "there is ascites and a gallstone",
        ),
        (own_words.PLANE, ("Sagittal", "The acquisition plane is sagittal."), "it is sagittal"),
        (
            own_words.PHASE,
            ("Non-contrast", "No, this is a scan without contrast."),
            "it is non-contrast",
        ),
        (own_words.REGION, ("Pelvis", "The scan shows the pelvis."), "the scan shows the pelvis"),
        (CHEST, ("Yes", "Yes, the scan shows the chest."), "the scan shows the chest"),
        (CHEST, ("No", "No, the scan shows the pelvis."), "the scan doesn't show the chest"),
        ("Is this the axial plane?", ("No",), "it is not axial"),
        (
            SIZE,
            ("The gallstone is small, about 12 mm.", "Small, about 13 mm"),
            "there is a gallstone, 12 mm",
        ),
        ("liver metastases?", ("No", "No liver metastases are seen."),
         "there are no liver metastases"),
        ("What is it?", ("Odd words.", "odd words"), ""),
        ("What is it?", ("I was not taught that.", "I was not taught that."), ""),
    ],
)  # fmt: skip
def test_answers_that_say_the_same_agree(question: str, said: tuple[str, ...], means: str) -> None:
    first, *others = (meaning_of(text, question) for text in said)
    assert first.words == means
    assert all(agree(first, other) and agree(other, first) for other in others)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (THERE, "Yes", "No"),
        (WHERE, "Left kidney", "Right kidney"),
        (PLEURA, "Normal", "There is a pleural effusion."),
        (ALL, "Gallstone and ascites", "Gallstone"),
        (own_words.PLANE, "Axial", "Coronal"),
        (SIZE, "Small, about 12 mm", "Large, about 30 mm"),
        (SIZE, "The gallstone is small.", "The gallstone is large."),
        (CHEST, "Yes", "No"),
        ("What is it?", "a", "b"),
        (THERE, "Yes", "odd words"),
        (THERE, "No", "That part is not in this scan."),
    ],
)
def test_answers_that_say_something_else_do_not(question: str, one: str, other: str) -> None:
    assert not agree(meaning_of(one, question), meaning_of(other, question))


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_is_affirmed_denied_and_placed(kind: str) -> None:
    asked = own_words.presence_question(kind)
    assert meaning_of("Yes", asked).there == {(kind, "")}
    assert meaning_of("No", asked).absent == {kind}
    for place in KINDS[kind].places:
        assert (kind, place) in meaning_of(place.capitalize(), own_words.place_question(kind)).there
