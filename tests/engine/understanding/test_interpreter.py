"""All questions go one way: understood, then answered by the model or by a sentence around it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from med3dvlm.engine.agreement import Sample
from med3dvlm.engine.claims import ClaimCheck, Claims
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.interpreter import Interpreter, side_by_side
from med3dvlm.phantoms.vocabulary.wishes import Wish
from tests.engine.understanding.test_planning import understanding

FEATURES: Any = None  # the stub speaker looks at no volume
READINGS = {
    "stone_there": Wish(intent="presence", kind="kidney stone"),
    "kidneys_ok": Wish(intent="organ", organ="kidney"),
    "nodule_there": Wish(intent="presence", kind="lung nodule"),
    "stone_size": Wish(intent="size", kind="kidney stone"),
    "stones_counted": Wish(intent="count", kind="kidney stone"),
    "cyst_size": Wish(intent="size", kind="liver cyst"),
    "report_please": Wish(intent="report"),
    "hello": Wish(intent="small talk"),
    "what is there": Wish(intent="what is shown"),
    "any stones?": Wish(intent="presence", kind="kidney stone"),
    "any cysts?": Wish(intent="presence", kind="liver cyst"),
    "how old is he?": Wish(intent="untaught"),
}


NAMED = {
    own_words.REGION: "Abdomen", own_words.REPORT: "A report.",
    own_words.ABNORMALITIES: "Kidney stone; liver cyst.",
}  # fmt: skip


class StubSpeaker:
    """Shows an abdomen with a kidney stone, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def answer(
        self, _: Any, conversation: Conversation, question: str, **__: Any
    ) -> Iterator[TokenEvent]:
        self.asked.append((question, len(conversation.turns)))
        for word in NAMED.get(question, "Yes").split():
            yield TokenEvent(text=f"{word} ", probability=0.9, alternatives=(), seconds=0.0)

    def choose(self, _: Any, question: str, __: Sequence[str]) -> Any:
        self.asked.append((question, 0))
        yes = 0.8 if "kidney stone" in question else 0.1
        return np.array([yes, 1 - yes])

    def sample(self, *given: Any, **named: Any) -> Iterator[tuple[Sample, ...]]:
        self.asked.append((given[2], len(given[1].turns)))
        yield (Sample("Yes", complete=True),) * named["count"]

    def considered(
        self, _: Any, conversation: Conversation, question: str, answer: Sequence[TokenEvent]
    ) -> tuple[TokenEvent, ...]:
        self.asked.append((question, len(conversation.turns)))
        return tuple(answer)

    def forget_prefixes(self) -> None:
        self.asked.clear()


@pytest.fixture
def speaker() -> StubSpeaker:
    return StubSpeaker()


@pytest.fixture
def interpreter(speaker: StubSpeaker) -> Interpreter:
    return Interpreter(speaker, understanding(**READINGS))  # type: ignore[arg-type]


def ask(
    interpreter: Interpreter, question: str, conversation: Conversation | None = None
) -> tuple[str, str]:
    """The answer, and how the question was understood."""
    events = list(
        interpreter.answer(
            FEATURES, conversation or Conversation(), question,
            decoding=Decoding(), stopped=never,
        )
    )  # fmt: skip
    return "".join(event.text for event in events).strip(), events[0].understood


def test_a_free_question_is_answered_in_a_sentence_and_tells_how_it_was_read(
    interpreter: Interpreter,
) -> None:
    assert ask(interpreter, "stone there") == (
        "Yes, there is a kidney stone.", "Is there a kidney stone?",
    )  # fmt: skip
    assert ask(interpreter, "kidneys ok")[0] == "The kidneys are affected: there is a kidney stone."
    assert ask(interpreter, "hello")[0].startswith("I am a small demonstration model")


@pytest.mark.parametrize(
    ("unfamiliar", "said"),
    [
        (False, "A liver cyst and a kidney stone can be seen."),
        (True, "A kidney stone can be seen. "
               "Not assessed, as the model is not sure enough: liver cyst."),
    ],
)  # fmt: skip
def test_of_an_unfamiliar_scan_only_what_is_sure_is_listed(
    speaker: StubSpeaker, unfamiliar: bool, said: str
) -> None:
    """A real scan's question "what do you see?" got findings that its report withheld."""
    strict = Claims(weights="", usual={}, unfamiliar={"kidney stone": 0.5, "liver cyst": 0.5})

    def check(_: Any) -> ClaimCheck:
        def presence(kind: str) -> float:
            return float(speaker.choose(FEATURES, own_words.presence_question(kind), ())[0])

        return ClaimCheck(presence, strict, unfamiliar=unfamiliar)

    asked = Interpreter(speaker, understanding(**READINGS), check)  # type: ignore[arg-type]
    assert ask(asked, "what is there")[0] == said


@pytest.mark.parametrize(
    "question", ["Is there a liver cyst?", own_words.REGION, own_words.PLANE, own_words.REPORT]
)
def test_a_complete_question_is_asked_as_if_it_came_first(
    interpreter: Interpreter, speaker: StubSpeaker, question: str
) -> None:
    """After three questions about a stone, the part of the body that is shown was the stone."""
    turns = Conversation().with_turn("stone there", "Yes, there is one.")
    turns = turns.with_turn("Is there a kidney stone?", "Yes")
    turns = turns.with_turn(own_words.ABNORMALITIES, "A kidney stone.")
    assert ask(interpreter, question, turns) == ask(interpreter, question)
    list(interpreter.sample(FEATURES, turns, question, count=2, decoding=Decoding(), stopped=never))
    assert {asked for asked in speaker.asked if asked[0] == question} == {(question, 0)}


def test_the_alternatives_are_of_the_question_as_it_was_asked(
    interpreter: Interpreter, speaker: StubSpeaker
) -> None:
    turns = Conversation().with_turn("Is there a kidney stone?", "Yes")
    interpreter.considered(FEATURES, turns, own_words.REGION, ())
    assert speaker.asked == [(own_words.REGION, 0)]


def test_a_part_outside_the_scan_is_told_however_it_is_asked(interpreter: Interpreter) -> None:
    for question in ("nodule there", "Is there a lung nodule?"):
        assert ask(interpreter, question)[0].startswith("That part is not in this scan.")


def test_a_report_streams_as_the_model_writes_it(interpreter: Interpreter) -> None:
    assert ask(interpreter, "report please") == ("A report.", own_words.REPORT)


def test_a_stop_ends_it_before_the_model_is_asked(
    interpreter: Interpreter, speaker: StubSpeaker
) -> None:
    stream = interpreter.answer(
        FEATURES, Conversation(), "stone there", decoding=Decoding(), stopped=lambda: True
    )
    assert list(stream) == []
    assert own_words.presence_question("kidney stone") not in [q for q, _ in speaker.asked]


def test_every_question_of_a_message_is_answered_and_shown_as_understood(
    interpreter: Interpreter,
) -> None:
    assert ask(interpreter, "any stones? any cysts? how old is he?") == (
        "Yes, there is a kidney stone. No liver cyst is seen. "
        'I was not taught to answer "how old is he?".',
        "Is there a kidney stone? Is there a liver cyst?",
    )


def test_samples_of_several_questions_stand_side_by_side(interpreter: Interpreter) -> None:
    *_, last = interpreter.sample(
        FEATURES, Conversation(), "any stones? any cysts?",
        count=2, decoding=Decoding(), stopped=never,
    )  # fmt: skip
    assert last == (Sample("Yes / Yes", complete=True),) * 2
    assert list(side_by_side([iter(()), iter([last])])) == []


def test_samples_are_of_the_model_s_own_question(
    interpreter: Interpreter, speaker: StubSpeaker
) -> None:
    def samples(question: str) -> tuple[Sample, ...]:
        *_, last = interpreter.sample(
            FEATURES, Conversation(), question, count=3, decoding=Decoding(), stopped=never
        )
        return last

    assert samples("stone there")[0].text == "Yes"
    assert speaker.asked[-1] == ("Is there a kidney stone?", 0)
    assert len({sample.text for sample in samples("hello")}) == 1
    interpreter.forget_prefixes()
    assert speaker.asked == []


@pytest.mark.parametrize(
    ("typed", "asked", "turns"),
    [
        ("stone size", own_words.SIZE, 1),
        ("stones counted", own_words.place_question("kidney stone"), 0),
        ("cyst size", own_words.presence_question("liver cyst"), 0),  # there is none
        ("kidneys ok", own_words.organ_question("kidney"), 0),
    ],
)
def test_samples_are_of_the_question_that_decides_the_answer(
    interpreter: Interpreter, speaker: StubSpeaker, typed: str, asked: str, turns: int
) -> None:
    """Samples of "Is there one?" agreed with every size."""
    list(
        interpreter.sample(
            FEATURES, Conversation(), typed, count=3, decoding=Decoding(), stopped=never
        )
    )
    assert speaker.asked[-1] == (asked, turns)


def test_options_are_scored_for_the_question_as_it_is(
    interpreter: Interpreter, speaker: StubSpeaker
) -> None:
    interpreter.choose(FEATURES, "stone there", ("Yes", "No"))
    assert speaker.asked == [("stone there", 0)]
