"""The border to the browser: what users and models write arrives as text."""

from dataclasses import replace
from pathlib import Path

import pytest

from med3dvlm.engine.conversation import Alternative, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.dialogue import NO_ANSWER, Agreement, Alike, Dialogue, Exchange, Option
from med3dvlm.ui.components.sheet import component as sheet
from med3dvlm.ui.components.transcript import Transcript, TranscriptView
from med3dvlm.ui.components.transcript import component as transcript
from med3dvlm.ui.components.words import data as words

EXCHANGE = Exchange(
    question="<script>alert(1)</script>",
    tokens=(
        TokenEvent(
            text="![x](http://a.b/c.png)", probability=0.25,
            alternatives=(Alternative("<b>", 0.5),), seconds=0.0,
        ),
        TokenEvent(text=" yes", probability=0.123456, alternatives=(), seconds=0.0),
    ),
    state="complete",
)  # fmt: skip


@pytest.fixture
def shown(parts):
    def show(exchange: Exchange):
        component: Transcript = parts.chat.chat
        data = component.postprocess(TranscriptView(dialogue=Dialogue((exchange,)), note="n"))
        return data.exchanges[0]

    return show


def test_texts_cross_the_border_as_they_are(shown) -> None:
    data = shown(EXCHANGE)
    assert data.question == EXCHANGE.question
    assert [word.text for word in data.words] == ["![x](http://a.b/c.png)", " yes"]
    assert [word.probability for word in data.words] == [0.25, 0.1235]
    assert (data.words[0].others, data.words[0].shares) == (["<b>"], [0.5])
    assert (data.going, data.ending, data.about) == (False, "", "")


def test_how_an_answer_came_about_is_said(shown) -> None:
    sampled = replace(EXCHANGE, followed=2, decoding=Decoding(temperature=0.7, seed=4))
    about = shown(sampled).about
    assert "previous 2 turns" in about
    assert "temperature 0.7, seed 4: words are drawn at random" in about
    assert "the previous turn" in shown(replace(EXCHANGE, followed=1)).about
    assert "Stopped" in shown(replace(EXCHANGE, state="stopped")).ending
    assert shown(Exchange(question="q", state="answering")).going
    nothing = shown(Exchange(question="q", state="complete"))
    assert [word.text for word in nothing.words] == [NO_ANSWER]


def test_how_a_question_was_understood_is_shown(shown) -> None:
    """And not that the turns before it were read: what it leaned on is in the question now."""
    first = replace(EXCHANGE.tokens[0], understood="Where is the kidney stone?")
    data = shown(replace(EXCHANGE, tokens=(first,), followed=1))
    assert data.understood == "Where is the kidney stone?"
    assert data.about == ""
    several = replace(first, understood="Is there liver metastases?")
    assert shown(replace(EXCHANGE, tokens=(several,))).understood == "Are there liver metastases?"
    assert shown(EXCHANGE).understood == ""
    assert shown(Exchange(question="q", state="answering")).understood == ""


def test_options_samples_and_cautions_are_shown(shown) -> None:
    group = Alike(texts=("Yes.", "<b>"), count=4, meaning="it is axial")
    exchange = replace(
        EXCHANGE, options=(Option("A. <i>", 0.75),), agreement=Agreement((group,)),
        cautions=("Careful.",),
    )  # fmt: skip
    data = shown(exchange)
    assert [(option.text, option.probability) for option in data.options] == [("A. <i>", 0.75)]
    [sample] = data.samples
    assert (sample.texts, sample.count, sample.as_answered) == (["Yes.", "<b>"], 4, False)
    assert data.agreement == "0 of 4 agree with this answer; 4 said it is axial."
    assert shown(EXCHANGE).agreement == ""
    assert data.cautions == ["Careful."]


@pytest.mark.parametrize(
    "script",
    [
        words.FOLDER / "words.js",
        transcript.FOLDER / "transcript.js",
        sheet.FOLDER / "sheet.js",
    ],
    ids=lambda path: path.name,
)
def test_scripts_never_make_markup_of_texts(script: Path) -> None:
    code = script.read_text()
    for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert danger not in code
