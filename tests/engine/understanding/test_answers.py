"""What the model decides becomes a short sentence that the judges of the benchmark understand."""

from typing import get_args

import pytest

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.answers import ANSWERS
from med3dvlm.engine.understanding.model import kinds_in_view
from med3dvlm.engine.understanding.overview import listed_without
from med3dvlm.metrics.answer_kinds import answer_kind
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish
from tests.engine.understanding.scripted import ScriptedModel

LEFT = {own_words.place_question("kidney stone"): "Left kidney"}
BOTH = {own_words.place_question("pleural effusion"): "Both sides"}
LISTED = {own_words.ABNORMALITIES: "Kidney stone and liver cyst"}
NONE = {own_words.ABNORMALITIES: "None"}
STONE, EFFUSION = "kidney stone", "pleural effusion"
METASTASES = {own_words.place_question("liver metastases"): "Both lobes of the liver"}


@pytest.mark.parametrize(
    ("wish", "model", "said"),
    [
        (Wish(intent="presence", kind=STONE), ScriptedModel(findings=[STONE]),
         "Yes, there is a kidney stone."),
        (Wish(intent="presence", kind="adrenal mass"), ScriptedModel(findings=["adrenal mass"]),
         "Yes, there is an adrenal mass."),
        (Wish(intent="presence", kind="liver metastases"), ScriptedModel(),
         "No liver metastases are seen."),
        (Wish(intent="place", kind=STONE), ScriptedModel(findings=[STONE], answers=LEFT),
         "The kidney stone is in the left kidney."),
        (Wish(intent="place", kind=STONE), ScriptedModel(answers=LEFT),
         "No kidney stone is seen."),
        (Wish(intent="place", kind="gallstone"), ScriptedModel(findings=["gallstone"]),
         "The gallstone is in the gallbladder."),
        (Wish(intent="side check", kind=STONE, side="left"),
         ScriptedModel(findings=[STONE], answers=LEFT),
         "Yes, the kidney stone is in the left kidney."),
        (Wish(intent="side check", kind=STONE, side="right"),
         ScriptedModel(findings=[STONE], answers=LEFT),
         "No, the kidney stone is in the left kidney."),
        (Wish(intent="side check", kind="gallstone", side="right"),
         ScriptedModel(findings=["gallstone"]), "The gallstone is in the gallbladder."),
        (Wish(intent="size", kind=STONE),
         ScriptedModel(findings=[STONE], answers=LEFT | {own_words.SIZE: "Small, about 6 mm"}),
         "The kidney stone is small, about 6 mm."),
        (Wish(intent="count", kind=STONE), ScriptedModel(findings=[STONE], answers=LEFT),
         "There is one kidney stone, in the left kidney."),
        (Wish(intent="count", kind=EFFUSION), ScriptedModel(findings=[EFFUSION], answers=BOTH),
         "There are two: a pleural effusion on both sides."),
        (Wish(intent="count", kind="liver metastases"),
         ScriptedModel(findings=["liver metastases"], answers=METASTASES),
         "There are several liver metastases."),
        (Wish(intent="more than one", kind=STONE), ScriptedModel(findings=[STONE], answers=LEFT),
         "No, only one kidney stone is seen."),
        (Wish(intent="more than one", kind=EFFUSION),
         ScriptedModel(findings=[EFFUSION], answers=BOTH),
         "Yes, a pleural effusion on both sides."),
        (Wish(intent="more than one", kind="liver metastases"),
         ScriptedModel(findings=["liver metastases"], answers=METASTASES),
         "Yes, several liver metastases are seen."),
        (Wish(intent="count all"), ScriptedModel(answers=LISTED),
         "There are 2 findings: a liver cyst and a kidney stone."),
        (Wish(intent="count all"), ScriptedModel(answers=NONE), "No abnormality is seen."),
        (Wish(intent="organ", organ="liver"), ScriptedModel(findings=["liver cyst"]),
         "The liver is affected: there is a liver cyst."),
        (Wish(intent="organ", organ="liver"),
         ScriptedModel(findings=["liver metastases", "liver cyst"]),
         "The liver is affected: there are liver metastases and a liver cyst."),
        (Wish(intent="organ", organ="kidney"), ScriptedModel(), "The kidneys appear normal."),
        (Wish(intent="any abnormality", tone="ill"), ScriptedModel(answers=LISTED),
         "Yes: a liver cyst and a kidney stone can be seen."),
        (Wish(intent="any abnormality", tone="well"), ScriptedModel(answers=LISTED),
         "No: a liver cyst and a kidney stone can be seen."),
        (Wish(intent="any abnormality", tone="well"), ScriptedModel(answers=NONE),
         "Yes, no abnormality is seen."),
        (Wish(intent="what is shown"), ScriptedModel(answers=LISTED),
         "A liver cyst and a kidney stone can be seen."),
        (Wish(intent="what is shown"), ScriptedModel(answers=NONE), "No abnormality is seen."),
        (Wish(intent="plane"), ScriptedModel(answers={own_words.PLANE: "Axial"}),
         "The acquisition plane is axial."),
        (Wish(intent="plane check", value="axial"),
         ScriptedModel(answers={own_words.PLANE: "Coronal"}),
         "No, the acquisition plane is coronal."),
        (Wish(intent="phase"), ScriptedModel(answers={own_words.PHASE: "Portal venous"}),
         "The contrast phase is portal venous."),
        (Wish(intent="phase"), ScriptedModel(answers={own_words.PHASE: "Non-contrast"}),
         "This is a non-contrast scan."),
        (Wish(intent="phase check", value="arterial"),
         ScriptedModel(answers={own_words.PHASE: "Non-contrast"}),
         "No, this is a non-contrast scan."),
        (Wish(intent="phase check", value="arterial"),
         ScriptedModel(answers={own_words.PHASE: "Arterial"}),
         "Yes, the contrast phase is arterial."),
        (Wish(intent="contrast"), ScriptedModel(answers={own_words.PHASE: "Non-contrast"}),
         "No, this is a scan without contrast."),
        (Wish(intent="contrast"), ScriptedModel(answers={own_words.PHASE: "Delayed"}),
         "Yes, with contrast, in the delayed phase."),
        (Wish(intent="region"), ScriptedModel(), "The scan shows the abdomen."),
        (Wish(intent="region"), ScriptedModel(region="No chest, abdomen or pelvis"),
         "The scan shows no chest, abdomen or pelvis."),
        (Wish(intent="region check", value="abdomen"), ScriptedModel(),
         "Yes, the scan shows the abdomen."),
        (Wish(intent="region check", value="chest"), ScriptedModel(),
         "No, the scan shows the abdomen."),
    ],
)  # fmt: skip
def test_the_answer_names_what_was_asked_about(wish: Wish, model: ScriptedModel, said: str) -> None:
    answer = ANSWERS[wish.intent](model, wish)
    assert answer.text == said
    assert 0 < answer.probability <= 1
    assert answer_kind(said) == "answer"


UNSURE = ScriptedModel(answers=LISTED, unsure=["liver cyst"])
NOTHING_SURE = ScriptedModel(answers=LISTED, unsure=["liver cyst", STONE])
NOT_ASSESSED = "Not assessed, as the model is not sure enough: liver cyst"


@pytest.mark.parametrize(
    ("wish", "one", "none"),
    [
        (Wish(intent="any abnormality", tone="ill"), "Yes: a kidney stone can be seen.",
         "No abnormality is seen for sure."),
        (Wish(intent="any abnormality", tone="well"), "No: a kidney stone can be seen.",
         "No abnormality is seen for sure."),
        (Wish(intent="what is shown"), "A kidney stone can be seen.",
         "No abnormality is seen for sure."),
        (Wish(intent="count all"), "There is 1 finding: a kidney stone.",
         "No abnormality is seen for sure."),
    ],
)  # fmt: skip
def test_what_it_is_not_sure_of_is_named_apart(wish: Wish, one: str, none: str) -> None:
    """Real scans got lists of findings with nothing behind them."""
    assert ANSWERS[wish.intent](UNSURE, wish).text == f"{one} {NOT_ASSESSED}."
    assert ANSWERS[wish.intent](NOTHING_SURE, wish).text == f"{none} {NOT_ASSESSED}, {STONE}."
    assert answer_kind(f"{one} {NOT_ASSESSED}.") == "answer"


def test_no_finding_is_listed_of_a_part_that_is_not_shown() -> None:
    """A liver cyst was listed of a chest, whose liver was then said to be outside the scan."""
    chest = ScriptedModel(
        region="Chest", answers={own_words.ABNORMALITIES: "Consolidation; liver cyst."}
    )
    wish = Wish(intent="what is shown")
    assert ANSWERS[wish.intent](chest, wish).text == "A consolidation can be seen."


def test_what_else_leaves_out_what_was_spoken_of() -> None:
    model = ScriptedModel(answers=LISTED)
    assert (
        listed_without(model, frozenset({STONE})).text == "Besides that, a liver cyst can be seen."
    )
    everything = frozenset({STONE, "liver cyst"})
    assert listed_without(model, everything).text == "No other abnormality is seen."


def test_every_question_about_the_image_has_an_answer() -> None:
    others: tuple[Intent, ...] = ("report", "small talk", "untaught", "off topic")
    assert set(ANSWERS) == set(get_args(Intent)) - set(others)


def test_kinds_of_parts_that_are_not_shown_are_not_in_view() -> None:
    """Of chests, the library kept liver metastases at 99 %."""
    chest = kinds_in_view(ScriptedModel(region="Chest"))
    assert EFFUSION in chest
    assert not {"liver metastases", STONE} & chest
    assert kinds_in_view(ScriptedModel(region="No chest, abdomen or pelvis")) == frozenset()
