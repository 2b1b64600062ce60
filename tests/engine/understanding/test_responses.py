"""The fixed sentences: what is not in the scan, was not taught, or asks nothing."""

from dataclasses import replace

import pytest

from med3dvlm.engine.understanding.model import regions_shown
from med3dvlm.engine.understanding.own_words import region_check
from med3dvlm.engine.understanding.plan import Plan, own_question
from med3dvlm.engine.understanding.responses import (
    in_view,
    not_shown,
    refused,
    remarked,
    respond,
    together,
)
from med3dvlm.engine.understanding.sentences import FOR_A_DOCTOR, as_shown
from med3dvlm.metrics.answer_kinds import answer_kind
from med3dvlm.metrics.statements import states_yes
from med3dvlm.phantoms.vocabulary.wishes import Intent, Wish
from tests.engine.understanding.scripted import ScriptedModel

STONE = "kidney stone"


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


def doubted(plan: Plan, model: ScriptedModel) -> str:
    plan = replace(plan, doubted=True)
    said = refused(model, plan) or respond(model, plan)
    assert said is not None
    return remarked(model, plan, said).text


def test_doubt_gets_how_sure_the_answer_is() -> None:
    stone = Plan(question="Is there a kidney stone?", wish=Wish(intent="presence", kind=STONE))
    assert doubted(stone, ScriptedModel(findings=[STONE])) == (
        "Yes, there is a kidney stone. I am 90 % sure, by my own estimate."
    )
    assert "unlike those" in doubted(stone, ScriptedModel(familiar=False))


def test_doubt_of_a_refusal_does_not_get_the_same_refusal() -> None:
    """ "Are you sure?" after "I was not taught that" got exactly that again."""
    untaught = Plan(wish=Wish(intent="untaught"))
    first = refused(ScriptedModel(), untaught)
    again = doubted(untaught, ScriptedModel())
    assert first is not None
    assert first.text not in again
    assert again.startswith("Yes: I was not taught what you asked before")
    elsewhere = Plan(question="?", wish=Wish(intent="presence", kind="gallstone"))
    assert doubted(elsewhere, ScriptedModel(region="Chest")).startswith("As far as I can tell, yes")
    hello = Plan(wish=Wish(intent="small talk"))
    assert doubted(hello, ScriptedModel()) == refusal(Wish(intent="small talk"), ScriptedModel())


def test_worry_gets_what_is_seen_and_no_yes() -> None:
    stone = Plan(question="?", wish=Wish(intent="presence", kind=STONE), worried=True)
    model = ScriptedModel(findings=[STONE])
    said = respond(model, stone)
    assert said is not None
    assert remarked(model, stone, said).text == f"A kidney stone can be seen. {FOR_A_DOCTOR}"
    again = doubted(stone, model)
    assert "sure" in again, "whoever doubts the answer to a worry is told how sure it is"
    assert FOR_A_DOCTOR not in again
    both = replace(stone, worried=False, also=(stone,))
    assert together(model, both).text == f"Yes, there is a kidney stone. {FOR_A_DOCTOR}"


@pytest.mark.parametrize("intent", ["phase", "contrast", "what is shown", "any abnormality"])
def test_of_a_head_neither_phase_nor_findings_are_told(intent: Intent) -> None:
    """A head got a contrast phase, and "No abnormality is seen"."""
    said = refusal(Wish(intent=intent), ScriptedModel(region="No chest, abdomen or pelvis"))
    assert answer_kind(said) == "not taught"
    assert not refusal(Wish(intent=intent), ScriptedModel(region="Chest"))


def test_several_things_are_asked_about_as_several() -> None:
    """The page showed "Is there liver metastases?" as what it had understood."""
    assert as_shown("Is there liver metastases? Is there a liver cyst?") == (
        "Are there liver metastases? Is there a liver cyst?"
    )
    assert as_shown("Where is the liver metastases?") == "Where are the liver metastases?"


@pytest.mark.parametrize("intent", ["presence", "size", "place", "count"])
def test_of_a_scan_unlike_the_training_data_only_what_is_sure_is_affirmed(intent: Intent) -> None:
    """Of 251 yeses about unlike phantoms 162 were wrong; reports withheld them, answers didn't."""
    wish = Wish(intent=intent, kind=STONE)
    unlike = ScriptedModel(findings=[STONE], unsure=[STONE], familiar=False)
    said = refusal(wish, unlike)
    assert "may be a kidney stone" in said
    assert states_yes(said) is None
    assert not refusal(wish, ScriptedModel(findings=[STONE], unsure=[STONE]))  # a usual scan
    assert not refusal(wish, ScriptedModel(findings=[STONE], familiar=False))
    assert not refusal(wish, ScriptedModel(unsure=[STONE], familiar=False))  # no is the answer
    organ = respond(unlike, Plan(question="?", wish=Wish(intent="organ", organ="kidney")))
    assert organ is not None
    assert organ.text == said


def test_a_general_word_means_all_that_the_scan_shows() -> None:
    """ "Is there a stone?" was answered for the kidneys alone."""
    stones = [Wish(intent="presence", kind=kind) for kind in (STONE, "gallstone", "bladder stone")]
    plan = Plan(
        question=own_question(stones[0]), wish=stones[0], others=tuple(stones[1:]), every=True
    )
    assert [part.wish for part in in_view(ScriptedModel(), plan).all] == stones[:2]
    assert [part.wish for part in in_view(ScriptedModel(region="Pelvis"), plan).all] == stones[2:]
    assert in_view(ScriptedModel(region="Chest"), plan).question == own_question(stones[0])


def test_of_two_meanings_the_one_that_the_scan_shows_is_taken() -> None:
    aorta = Wish(intent="presence", kind="abdominal aortic aneurysm")
    chest = Wish(intent="presence", kind="thoracic aortic aneurysm")
    plan = Plan(question=own_question(aorta), wish=aorta, others=(chest,))
    assert in_view(ScriptedModel(region="Chest"), plan).wish == chest
    assert in_view(ScriptedModel(region="Chest"), plan).question == own_question(chest)
    assert in_view(ScriptedModel(), plan) == plan
    assert in_view(ScriptedModel(region="Pelvis"), plan) == plan
