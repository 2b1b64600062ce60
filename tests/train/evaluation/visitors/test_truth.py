"""Answers to visitors' questions, judged against phantoms whose truth is written down here."""

from dataclasses import replace

import pytest

from med3dvlm.phantoms.acquisition import Acquisition
from med3dvlm.phantoms.facts import Facts, labels_in_region
from med3dvlm.phantoms.findings import Finding
from med3dvlm.phantoms.vocabulary.wishes import UNTAUGHT_VALUES, Wish
from train.evaluation.visitors.truth import judged

ABDOMEN = Facts(
    seed=1,
    acquisition=Acquisition(region="abdomen", plane="axial", phase="arterial"),
    habitus="average",
    scoliosis="none",
    calcification="none",
    findings=(
        Finding("kidney stone", "left kidney", 20),
        Finding("liver metastases", "both lobes of the liver", 30),
    ),
    subject="trunk",
    regions=("abdomen",),
    hidden=(),
    in_view=labels_in_region("abdomen"),
)
HEALTHY = replace(ABDOMEN, findings=())
CHEST = replace(
    ABDOMEN,
    acquisition=replace(ABDOMEN.acquisition, region="chest", phase="non-contrast"),
    findings=(
        Finding("pleural effusion", "both sides", 40),
        Finding("consolidation", "right upper lobe", 60),
    ),
    regions=("chest",),
    in_view=labels_in_region("chest"),
)
STONE = Wish(intent="presence", kind="kidney stone")


def content(wish: Wish, facts: Facts, said: str) -> float | None:
    """How much is right; None where the answer is of a wrong kind."""
    verdict = judged(wish, facts, said)
    return verdict.content if verdict.right_kind else None


@pytest.mark.parametrize(
    ("wish", "facts", "said", "right"),
    [
        (STONE, ABDOMEN, "Yes", 1),
        (STONE, ABDOMEN, "No", 0),
        (STONE, ABDOMEN, "Kidney stone of the left kidney.", 1),
        (STONE, ABDOMEN, "Axial", None),
        (STONE, ABDOMEN, "That part is not in this scan.", None),
        (STONE, ABDOMEN, "I was not taught that.", None),
        (STONE, HEALTHY, "There is no kidney stone.", 1),
        (STONE, ABDOMEN, "There is a 20 mm gallstone.", None),
        (Wish(intent="organ", organ="spleen", tone="open"), ABDOMEN, "The liver is normal.", None),
        (Wish(intent="what is shown"), HEALTHY, "The spleen appears normal.", None),
        (Wish(intent="plane"), ABDOMEN, "Axial CT. " + "The liver is normal. " * 8, None),
        (replace(STONE, intent="side check", side="left"), ABDOMEN, "Yes", 1),
        (replace(STONE, intent="side check", side="right"), ABDOMEN, "On the left side", 1),
        (replace(STONE, intent="side check", side="right"), HEALTHY, "Yes", 0),
        (replace(STONE, intent="place"), ABDOMEN, "In the left kidney.", 1),
        (replace(STONE, intent="place"), ABDOMEN, "On the left.", 1),
        (replace(STONE, intent="place"), ABDOMEN, "Right kidney", 0),
        (replace(STONE, intent="place"), ABDOMEN, "Axial", None),
        (replace(STONE, intent="place"), HEALTHY, "There is none.", 1),
        (replace(STONE, intent="place"), HEALTHY, "Left kidney", 0),
        (Wish(intent="place", kind="consolidation"), CHEST, "right upper lobe", 1),
        (Wish(intent="place", kind="consolidation"), CHEST, "on the right", 0),
        (replace(STONE, intent="size"), ABDOMEN, "moderate, about 22 mm", 1),
        (replace(STONE, intent="size"), ABDOMEN, "It is small.", 1),
        (replace(STONE, intent="size"), ABDOMEN, "30 mm", 0),
        (replace(STONE, intent="size"), ABDOMEN, "Left", None),
        (replace(STONE, intent="count"), ABDOMEN, "One.", 1),
        (replace(STONE, intent="count"), ABDOMEN, "Two", 0),
        (replace(STONE, intent="count"), HEALTHY, "No stones.", 1),
        (Wish(intent="count", kind="liver metastases"), ABDOMEN, "Several", 1),
        (Wish(intent="more than one", kind="pleural effusion"), CHEST, "Yes, two.", 1),
        (replace(STONE, intent="more than one"), ABDOMEN, "Only one", 1),
        (Wish(intent="count all"), ABDOMEN, "Two", 1),
        (Wish(intent="count all"), HEALTHY, "None", 1),
        (Wish(intent="organ", organ="kidney", tone="well"), ABDOMEN, "No", 1),
        (Wish(intent="organ", organ="kidney", tone="ill"), ABDOMEN, "No", 0),
        (Wish(intent="organ", organ="spleen", tone="well"), ABDOMEN, "The spleen is normal.", 1),
        (Wish(intent="organ", organ="spleen", tone="open"), ABDOMEN, "No", None),
        (Wish(intent="organ", organ="heart", tone="well"), ABDOMEN, "Yes", None),
        (Wish(intent="organ", organ="heart", tone="well"), ABDOMEN,
         "The heart is not in this scan.", 1),
        (Wish(intent="any abnormality", tone="ill"), ABDOMEN, "Yes", 1),
        (Wish(intent="any abnormality", tone="well"), ABDOMEN, "No, a kidney stone.", 1),
        (Wish(intent="any abnormality", tone="ill"), HEALTHY, "No", 1),
        (Wish(intent="any abnormality", tone="ill"), HEALTHY, "Axial", None),
        (Wish(intent="what is shown"), ABDOMEN, "Kidney stone and liver metastases", 1),
        (Wish(intent="what is shown"), ABDOMEN, "Kidney stone and ascites", 0.5),
        (Wish(intent="what is shown"), HEALTHY, "None", 1),
        (Wish(intent="what is shown"), HEALTHY, "Ascites", 0),
        (Wish(intent="what is shown"), ABDOMEN, "Axial", None),
        (Wish(intent="what is shown", kind="kidney stone", leans=True), ABDOMEN,
         "Liver metastases", 1),
        (Wish(intent="plane"), ABDOMEN, "It is axial.", 1),
        (Wish(intent="phase"), ABDOMEN, "Delayed", 0),
        (Wish(intent="phase"), ABDOMEN, "Axial", None),
        (Wish(intent="region"), CHEST, "This is a chest CT.", 1),
        (Wish(intent="plane check", value="coronal"), ABDOMEN, "No", 1),
        (Wish(intent="contrast"), ABDOMEN, "Yes", 1),
        (Wish(intent="contrast"), CHEST, "Yes", 0),
        (Wish(intent="small talk"), CHEST, "Hello! I am a small model.", 1),
        (Wish(intent="small talk"), CHEST, "Axial", None),
        (Wish(intent="off topic"), CHEST, "I was not taught that.", 1),
        (Wish(intent="untaught", value="question"), CHEST, "Yes", None),
        (Wish(intent="untaught", value="organ"), CHEST, "That part is not in this scan.", None),
        (Wish(intent="untaught", value="organ elsewhere"), CHEST,
         "That part is not in this scan.", 1),
        (Wish(intent="presence", kind="gallstone"), CHEST, "That part is not in this scan.", 1),
        (Wish(intent="presence", kind="gallstone"), CHEST, "No", None),
    ],
)  # fmt: skip
def test_an_answer_is_judged_by_kind_and_content(
    wish: Wish, facts: Facts, said: str, right: float | None
) -> None:
    assert content(wish, facts, said) == right


def test_every_untaught_subject_wants_to_be_called_untaught() -> None:
    for value in UNTAUGHT_VALUES:
        assert content(Wish(intent="untaught", value=value), CHEST, "I was not taught that.") == 1
