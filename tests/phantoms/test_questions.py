"""Questions are answerable from the picture, and from nothing else."""

from collections import Counter, defaultdict
from functools import cache

import numpy as np
import pytest

from med3dvlm.choices import LETTERS, read_choices
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions import QUESTION_TYPES, Question, ask, converse
from med3dvlm.phantoms.questions.wording import ORGAN_ASKED, ORGANS_ASKED
from med3dvlm.phantoms.true_report import organs_of, read_findings

SEEDS = range(3000)


@cache
def asked() -> list[tuple[Facts, Question]]:
    pairs = []
    for seed in SEEDS:
        facts = draw_facts(seed)
        pairs += [(facts, question) for question in ask(facts, np.random.default_rng([seed, 11]))]
    return pairs


def of_form(form: str) -> list[tuple[Facts, Question]]:
    return [(facts, question) for facts, question in asked() if question.form == form]


def test_the_same_generator_asks_the_same() -> None:
    facts = draw_facts(4)
    assert ask(facts, np.random.default_rng(1)) == ask(facts, np.random.default_rng(1))
    assert ask(facts, np.random.default_rng(1)) != ask(facts, np.random.default_rng(2))


def test_the_five_types_are_asked_in_every_form() -> None:
    seen = Counter((question.kind, question.form) for _, question in asked())
    for form in ("closed", "open", "yes/no"):
        assert all(seen[kind, form] > 900 for kind in QUESTION_TYPES)


def test_closed_options_hold_the_answer_once_and_are_shown() -> None:
    for _, question in of_form("closed"):
        answer = question.answer[3:]
        assert question.options.count(answer) == 1
        assert len(set(question.options)) == len(question.options) >= 2
        assert question.letter == LETTERS[question.options.index(answer)]
        assert question.right == question.options.index(answer)
        shown = read_choices(question.question)
        assert shown is not None
        assert shown.texts == question.options


def test_the_right_letter_is_evenly_spread() -> None:
    counts = Counter((len(q.options), q.letter) for _, q in of_form("closed"))
    for options in (2, 3, 4):
        letters = [counts[options, letter] for letter in LETTERS[:options]]
        assert np.array(letters) / sum(letters) == pytest.approx([1 / options] * options, abs=0.03)


def test_yes_is_as_frequent_as_no() -> None:
    counts = Counter((q.kind, q.answer) for _, q in of_form("yes/no"))
    for kind in QUESTION_TYPES:
        yes, no = counts[kind, "Yes"], counts[kind, "No"]
        assert yes / (yes + no) == pytest.approx(0.5, abs=0.05), kind


def test_yes_is_as_frequent_as_no_for_every_kind_of_finding() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for _, question in of_form("yes/no"):
        if question.kind == "abnormality":
            ((kind, _),) = read_findings(question.question)
            counts[kind, question.answer] += 1
    for kind in KINDS:
        yes, no = counts[kind, "Yes"], counts[kind, "No"]
        assert yes / (yes + no) == pytest.approx(0.5, abs=0.13), kind


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_a_reader_without_the_picture_can_only_guess(kind: str) -> None:
    """How often an option was right when it was offered, learned from two thirds of the cases."""
    items = [question for _, question in of_form("closed") if question.kind == kind]
    cut = 2 * len(items) // 3
    offered: defaultdict[str, float] = defaultdict(float)
    right: defaultdict[str, float] = defaultdict(float)
    for question in items[:cut]:
        for option in question.options:
            offered[option] += 1
            right[option] += option == question.answer[3:]
    guessed, chance = [], []
    for question in items[cut:]:
        best = max(question.options, key=lambda option: right[option] / (offered[option] or 1))
        guessed.append(best == question.answer[3:])
        chance.append(1 / len(question.options))
    assert np.mean(guessed) == pytest.approx(np.mean(chance), abs=0.06)


def test_closed_answers_are_true_and_the_other_options_false() -> None:
    for facts, question in of_form("closed"):
        answer, others = question.answer[3:], set(question.options) - {question.answer[3:]}
        if question.kind in ("plane", "phase"):
            assert getattr(facts.acquisition, question.kind) == answer
        elif question.kind == "organ":
            affected = {kind.organ for kind in facts.kinds}
            assert answer in affected
            assert not others & affected
        elif question.kind == "abnormality":
            assert facts.has(answer)
            assert not any(facts.has(other) for other in others)
        else:
            ((kind, _),) = read_findings(question.question.split(" Choices:")[0])
            assert (kind, answer) in facts.labels
            assert not any((kind, other) in facts.labels for other in others)


def test_yes_and_no_are_true() -> None:
    for facts, question in of_form("yes/no"):
        yes = question.answer == "Yes"
        if question.kind == "abnormality":
            ((kind, _),) = read_findings(question.question)
            assert facts.has(kind) == yes
        elif question.kind == "location":
            ((kind, place),) = read_findings(question.question)
            assert ((kind, place) in facts.labels) == yes


def test_organ_questions_do_not_name_an_organ() -> None:
    organs = {organ for region in ("chest", "abdomen", "pelvis") for organ in organs_of(region)}
    for phrase in (*ORGAN_ASKED, *ORGANS_ASKED):
        assert not any(organ in phrase for organ in organs)


def test_a_case_without_findings_is_asked_nothing_about_findings() -> None:
    facts = next(facts for facts, _ in asked() if not facts.findings)
    made = ask(facts, np.random.default_rng(0))
    assert {q.kind for q in made if q.form == "closed"} == {"plane", "phase"}
    assert {q.answer for q in made if q.form == "open" and q.kind in ("organ", "abnormality")} == {
        "None"
    }


def test_follow_up_questions_lean_on_the_first() -> None:
    for seed in range(300):
        facts = draw_facts(seed)
        first, *following = converse(facts, np.random.default_rng(seed))
        ((kind, _),) = read_findings(first.question)
        assert first.answer == ("Yes" if facts.has(kind) else "No")
        if first.answer == "No":
            assert [q.kind for q in following] == ["abnormality"]
            continue
        finding = next(f for f in facts.findings if f.kind == kind)
        answers = {q.kind: q.answer for q in following}
        if finding.place:
            assert answers["location"].lower() == finding.place.lower()
        if KINDS[kind].sized:
            assert answers["other"].endswith(f"about {finding.size_mm} mm")


def test_what_only_training_asks_is_true_as_well() -> None:
    for seed in range(200):
        facts, rng = draw_facts(seed), np.random.default_rng(seed)
        assert read_findings(questions.report_question(rng, facts).answer) == facts.labels
        region = questions.region_question(rng, facts).answer
        assert region.lower() == facts.acquisition.region
        assert read_findings(questions.organ_state(rng, facts).answer) <= facts.labels
