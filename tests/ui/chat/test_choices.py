from dataclasses import replace

import gradio as gr
import numpy as np

from med3dvlm.engine.confidence import mean_probability
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.boundary import guarded
from tests.ui.chat.talk import CLOSED, Talk, texts, with_services


def test_choices_are_asked_as_in_training_and_all_are_scored(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    held = talk.ask(CLOSED)
    asked = "In which plane? Choices: A. axial B. coronal"
    assert texts(chat, held)[0][0] == asked
    options = talk.dialogue.last.options
    assert [option.text for option in options] == ["A. axial", "B. coronal"]
    shares = services.choose(talk.encoded.features, asked, ["A. axial", "B. coronal"])
    assert [option.probability for option in options] == list(shares)


def test_the_form_asks_the_same(chat: ChatTab, talk: Talk) -> None:
    talk.keep(
        chat.take_choices(
            "In which plane?", "axial\n\ncoronal\n", talk.scan, talk.kept, talk.line, talk.visitor
        )
    )
    talk.finish()
    typed = Talk(chat, talk.scan, talk.encoded, talk.visitor)
    typed.ask(CLOSED)
    assert replace(typed.dialogue.last, tokens=()) == replace(talk.dialogue.last, tokens=())
    told = guarded(chat.take_choices, chat.refuse)(
        "What?", "one", talk.scan, talk.kept, talk.line, talk.visitor
    )
    assert "2 to 8" in told[chat.notice]
    assert told.keys() == {chat.notice}, "an answer that runs keeps its stop button"


def test_an_answer_to_choices_is_one_of_them(chat: ChatTab, talk: Talk) -> None:
    """A model that writes freely answered a question about a tumour with "B. bladder stone"."""

    def writes_freely(*_: object) -> None:
        raise AssertionError("the model is not to write this answer itself")

    def one_sure(*_: object) -> np.ndarray:
        return np.array([0.25, 0.75])

    talk.chat = with_services(chat, answer=writes_freely, choose=one_sure, sample=writes_freely)
    talk.ask(CLOSED)
    last = talk.dialogue.last
    assert (last.answer, last.state) == ("B. coronal", "complete")
    assert mean_probability(last.tokens) == 0.75
    assert [other.text for other in last.tokens[0].alternatives] == ["A. axial"]
    talk.several(0)
    talk.finish()
    agreement = talk.dialogue.last.agreement
    assert agreement is not None
    assert agreement.asked == talk.asking.samples


def test_a_stop_while_choices_are_scored_leaves_no_answer(
    chat: ChatTab, talk: Talk, visitor: gr.Request
) -> None:
    def stopped_meanwhile(*_: object) -> np.ndarray:
        chat.stop_answer(visitor)
        return np.array([0.25, 0.75])

    talk.chat = with_services(chat, choose=stopped_meanwhile)
    talk.ask(CLOSED)
    assert (talk.dialogue.last.answer, talk.dialogue.last.state) == ("", "stopped")
