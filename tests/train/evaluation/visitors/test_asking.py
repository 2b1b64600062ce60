"""The measure's way to a model: as the page asks, conversations included."""

import argparse
import json
from functools import partial
from pathlib import Path

import pytest

from med3dvlm.engine import starter_library
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.phantoms.case import make_case
from train.cli import make_parser
from train.evaluation.visitors import asking, command
from train.evaluation.visitors.asking import VisitorCases, ask_model, talk

SMALL = (16, 32, 32)


@pytest.fixture(scope="module")
def engine(random_model: Path) -> Engine:
    return load_engine(random_model)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model never ends by itself."""
    monkeypatch.setattr(asking, "LONGEST", 4)


def test_the_second_question_of_a_talk_is_asked_with_the_first_answer(engine: Engine) -> None:
    features = engine.encode(make_case(3, shape=SMALL).volume)
    first = talk(engine, features, ("Is there a stone?",))
    conversation = Conversation().with_turn("Is there a stone?", first)
    events = engine.answer(
        features, conversation, "Where?", decoding=asking.Decoding(max_new_tokens=4)
    )
    expected = "".join(event.text for event in events).strip()
    assert talk(engine, features, ("Is there a stone?", "Where?")) == expected


def test_asking_again_gives_the_same(engine: Engine) -> None:
    cases = VisitorCases(split="validation", count=1, free=1, shape=SMALL)
    first = ask_model(engine, cases)
    assert [one.asked.part for one in first] == ["yes/no"] * 8 + ["free", "follow-up"]
    assert ask_model(engine, cases) == first


@pytest.mark.slow
def test_the_command_writes_figures_and_every_answer(
    random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter_library, "COUNT", 3)
    monkeypatch.setattr(starter_library.build_starter_library, "__kwdefaults__",
                        {"count": 3, "progress": starter_library.nobody})  # fmt: skip
    monkeypatch.setattr(asking, "VisitorCases", partial(VisitorCases, shape=SMALL))
    out = tmp_path / "out"
    arguments = make_parser().parse_args(
        ["visitors", "--model", str(random_model), "--cases", "2", "--out", str(out)]
    )
    assert isinstance(arguments, argparse.Namespace)
    command.run(arguments)
    figures = json.loads((out / command.FIGURES).read_text())
    lines = (out / command.ANSWERS).read_text().splitlines()
    assert figures["phantoms"] == 2
    assert len(lines) == 2 * (8 + asking.FREE_EACH + 1)
    assert json.loads(lines[0])["asked"]["part"] == "yes/no"
