from dataclasses import replace

from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.boundary import guarded
from tests.ui.chat.talk import CLOSED, Talk, texts


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
