"""The fixed sentences: what is not in the scan, was not taught, or asks nothing."""

import pytest

from med3dvlm.engine.understanding.model import regions_shown
from med3dvlm.engine.understanding.own_words import region_check
from med3dvlm.engine.understanding.plan import Plan, own_question
from med3dvlm.engine.understanding.responses import not_shown, refused, respond
from med3dvlm.metrics.answer_kinds import answer_kind
from med3dvlm.phantoms.vocabulary.wishes import Wish
from tests.engine.understanding.scripted import ScriptedModel


def refusal(wish: Wish, model: ScriptedModel, *, sure: bool = True) -> str:
    said = refused(model, Plan(question=own_question(wish), wish=wish, sure=sure))
    return said.text if said else ""


@pytest.mark.parametrize("region", ["Chest", "Abdomen", "Pelvis", "No chest, abdomen or pelvis"])
def test_each_kind_of_refusal_is_of_its_kind(region: str) -> None:
    model = ScriptedModel(region=region)
    assert answer_kind(refusal(Wish(intent="small talk"), model)) == "small talk"
    for wish in (Wish(intent="untaught"), Wish(intent="off topic"), Wish(intent="place")):
        assert answer_kind(refusal(wish, model)) == "not taught"
    unsure = refusal(Wish(intent="plane"), model, sure=False)
    assert answer_kind(unsure) == "not taught"
    assert "What is the acquisition plane?" in unsure


def test_a_part_outside_the_scan_is_told() -> None:
    said = refusal(Wish(intent="organ", organ="kidney"), ScriptedModel(region="Chest"))
    assert said.startswith("That part is not in this scan. The kidneys are outside")
    assert answer_kind(said) == "not in scan"
    assert refusal(Wish(intent="presence", kind="gallstone"), ScriptedModel(region="Chest"))
    assert not refusal(Wish(intent="presence", kind="gallstone"), ScriptedModel())
    assert not refusal(Wish(intent="presence", kind="ascites"), ScriptedModel(region="Pelvis"))
    assert not refusal(Wish(intent="plane"), ScriptedModel(region="Chest"))


def test_the_scan_shows_a_second_region_if_the_model_is_sure() -> None:
    model = ScriptedModel(region="Chest")
    assert regions_shown(model, ("abdomen",)) == ("chest",)
    assert model.asked[-1] == region_check("abdomen")


def test_the_examples_fit_the_scan() -> None:
    assert "bladder stone" in refusal(Wish(intent="untaught"), ScriptedModel(region="Pelvis"))


def test_questions_in_own_words_are_told_too_what_is_outside() -> None:
    assert not_shown(ScriptedModel(region="Chest"), None) is None
    assert not_shown(ScriptedModel(region="Chest"), Wish(intent="place", kind="gallstone"))


def test_a_report_is_written_by_the_model_itself() -> None:
    assert respond(ScriptedModel(), Plan(wish=Wish(intent="report"))) is None
    model = ScriptedModel(answers={"What abnormalities are present?": "None"})
    rest = Plan(wish=Wish(intent="what is shown"), spoken_of=frozenset({"gallstone"}))
    said = respond(model, rest)
    assert said is not None
    assert said.text == "No other abnormality is seen."
    said = respond(ScriptedModel(), Plan(wish=Wish(intent="presence", kind="gallstone")))
    assert said is not None
    assert said.text == "No gallstone is seen."
