import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.explain.trust import questions
from med3dvlm.phantoms.case import make_case
from med3dvlm.ui.explain.grounding.part import FIRST, GroundPart
from med3dvlm.ui.explain.running import STOPPED
from med3dvlm.ui.page.boundary import guarded
from tests.ui.conftest import TINY, Parts
from tests.ui.explain.conftest import Fake

After = Callable[..., dict[Any, Any]]
LINE = {
    "text": "Which? A. left B. right", "options": ["A. left", "B. right"], "truth": "A. left",
    "mirrored": "B. right",
}  # fmt: skip


@pytest.fixture
def part(
    parts: Parts, working: Callable[..., Any], fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> GroundPart:
    monkeypatch.setattr(questions, "_phantom", lambda seed: make_case(seed, shape=TINY).volume)
    says_the_first = fake(choose=lambda _, __, options: np.eye(len(options))[0])
    return working(parts.explain.ground, says_the_first)


def asked(part: GroundPart, visitor: gr.Request, *given: Any) -> Any:
    return guarded(part.ask, part.work.refuse)(*given, visitor)


def test_a_model_that_always_says_the_same_is_found_out(
    part: GroundPart, visitor: gr.Request, after: After, cache: Path
) -> None:
    updates = list(asked(part, visitor, 6, None))
    assert sum("of 6 scans asked about" in str(update) for update in updates) == 6
    held = after(updates)
    assert "says yes to every finding" in held[part.work.notice]
    assert "about 6 scans" in held[part.result]
    table = Path(str(held[part.export].value["path"]))
    assert table.is_relative_to(cache)
    assert "findings stated on air,1.0," in table.read_text()


def test_asking_can_be_stopped(part: GroundPart, visitor: gr.Request) -> None:
    seen = []
    for update in asked(part, visitor, None, None):
        seen.append(update)
        if f"2 of {FIRST}" in str(update):
            part.work.end(visitor)
    assert STOPPED in seen[-2][part.work.notice]
    assert not any(part.result in update for update in seen)


def test_a_set_of_ones_own_is_asked(
    part: GroundPart, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(LINE | {"seed": 7 + i % 3}) + "\n" for i in range(6)))
    taken = part.take(str(path))
    assert "6 questions about 3 phantoms" in taken[part.work.notice]
    assert not path.exists(), "the upload is not kept"
    held = after(asked(part, visitor, 30, taken[part.cases]))
    assert "6 questions about 3 scans" in held[part.result]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe", "not a text file"),
        (b"[1]", "line 1"),
        (b"{}", "names no phantom"),
        (b"[" * 5000, "line 1"),
        (json.dumps(LINE | {"seed": -1}).encode(), "names no phantom"),
        (json.dumps(LINE | {"seed": 1, "truth": "C"}).encode(), "none of the options"),
        (json.dumps(LINE | {"seed": 1}).encode(), "2 to 40 phantoms"),
        (b"x" * 300_000, "200 kB"),
    ],
)
def test_what_is_no_set_is_named(part: GroundPart, tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(data)
    held = guarded(part.take, part.work.refuse)(str(path))
    assert words in held[part.work.notice]
    assert part.cases not in held
