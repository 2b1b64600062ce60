from dataclasses import replace
from typing import Any

import gradio as gr

from med3dvlm.engine.decoding import Decoding
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.layout import (
    ALONE,
    FILLED_IN,
    FOLLOWS,
    follow_note,
    question_cards,
    returned_list,
)
from med3dvlm.ui.chat.line import Returned
from med3dvlm.ui.chat.tab import ChatTab
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Conversations, Scan
from med3dvlm.ui.scan.examples import ANY_SCAN, example_questions
from tests.ui.chat.talk import QUESTION, Talk, texts


def test_the_page_says_whether_turns_count(chat: ChatTab, talk: Talk, services: Services) -> None:
    note = chat.turn_to(talk.scan, talk.kept, talk.visitor)[chat.chat].note
    assert note in ("", FOLLOWS.format(count=2))
    loaded = Loading("m", lambda tell: services)
    loaded.value()
    assert follow_note(loaded) == FOLLOWS.format(count=2)
    card = replace(services.card, follows_up=False)
    single = Loading("m", lambda tell: replace(services, card=card))
    assert follow_note(single) == "", "nothing is claimed while it is loading"
    single.value()
    assert follow_note(single) == ALONE


def test_a_question_that_is_answered_on_its_own_claims_no_context(
    chat: ChatTab, talk: Talk, services: Services
) -> None:
    """The page said that two turns were read, while the reader completes each question."""
    reading = replace(services, card=replace(services.card, understands=True))
    loaded = Loading("m", lambda tell: reading)
    loaded.value()
    assert follow_note(loaded) == FILLED_IN
    talk.chat = replace(chat, services=loaded)
    talk.ask()
    talk.ask("And now?")
    assert [exchange.followed for exchange in talk.dialogue.exchanges] == [0, 0]


def test_what_goes_back_into_the_box_is_not_translated_on_its_way() -> None:
    """A browser that translates the page gave other words back than were typed."""
    shown = returned_list([Returned(3, "Is there a <b>stone</b>?")])
    assert shown.startswith('<ol translate="no"><li data-number="3">Is there a &lt;b&gt;')


def test_suggestions_fit_the_scan(chat: ChatTab, talk: Talk, scan: Scan, real_scan: Scan) -> None:
    def titles(of: Scan | None) -> list[str]:
        cards = chat.turn_to(of, Conversations(), talk.visitor)[chat.suggestions]
        return [card.title for card in cards]

    assert titles(scan) == list(example_questions(scan))
    assert titles(real_scan) == titles(None) == list(ANY_SCAN)
    keys = [card.key for card in question_cards(scan)]
    assert len(set(keys)) == len(keys)


def test_a_suggestion_is_asked_and_the_box_stays_as_it_is(
    chat: ChatTab, talk: Talk, clicked: Any
) -> None:
    """What was half typed there was lost."""
    event = clicked("0", QUESTION)
    held = chat.take_suggestion(event, talk.scan, talk.kept, talk.line, talk.visitor)
    assert texts(chat, held) == [(QUESTION, "")]
    assert chat.box not in held


def test_turning_to_no_scan_clears_the_tab(chat: ChatTab, visitor: gr.Request) -> None:
    held = chat.turn_to(None, Conversations(), visitor)
    assert (texts(chat, held), held[chat.notice]) == ([], NOTHING)


def test_the_sliders_make_the_settings(chat: ChatTab) -> None:
    form = chat.decoding
    held = form.read(0.7, 0.9, 40, 64, 1.2, 7, 3)
    assert held[form.settings] == Asking(
        decoding=Decoding(
            temperature=0.7, top_p=0.9, top_k=40, max_new_tokens=64, repetition_penalty=1.2, seed=7
        ),
        samples=3,
    )
    assert form.restore()[form.settings] == Asking() == Asking(decoding=Decoding())
    assert "must not be negative" in guarded(form.read, form.say)(-1, 1, 0, 9, 1, 0, 3)[form.notice]
