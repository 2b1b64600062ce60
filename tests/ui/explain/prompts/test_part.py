"""The bench of prompts: phantoms of known truth, a threshold, and the open scan."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.explain.prompt_pairs import Prompts
from med3dvlm.phantoms import planted
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.explain.prompts.figure import Measured, bench_figure, bench_rows, said
from med3dvlm.ui.explain.prompts.part import ANOTHER, Bench, usual_prompts
from med3dvlm.ui.explain.running import STOPPED
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Scan
from tests.ui.conftest import TINY, Parts
from tests.ui.explain.conftest import Fake

After = Callable[..., dict[Any, Any]]
PAIR = ("there is a stone", "there is no stone")
MEASURED = Measured(
    kind="kidney stone", pairs=(Prompts(*PAIR), Prompts("stone", "no stone")), seeds=(1, 1, 2, 2),
    ill=(True, False) * 2, opened=np.array([[2.0, 0.0], [0.0, 2.0]]),
    logits=np.array([[[3, 0], [0, 3]], [[0, 3], [3, 0]]] * 2, dtype=float),
)  # fmt: skip


@pytest.fixture
def bench(parts: Parts, working: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(
        "med3dvlm.ui.explain.prompts.part.plant", partial(planted.plant, shape=TINY)
    )
    return working(parts.explain.bench)


def compared(bench: Bench, visitor: gr.Request, scan: Scan | None, **changed: Any) -> Iterator[Any]:
    given = {"kind": "kidney stone", "states": PAIR[0], "denies": PAIR[1], "people": 2} | changed
    run = guarded(bench.compare, bench.work.refuse)
    return run(*given.values(), 0.5, scan, visitor)


def test_prompts_are_tried_on_phantoms_and_on_the_open_scan(
    bench: Bench, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(compared(bench, visitor, scan))
    measured: Measured = held[bench.measured]
    assert measured.logits.shape == (4, 1, 2)
    assert measured.ill == (True, False, True, False)
    assert measured.opened.shape == (1, 2)
    assert "4 scans of 2 people" in held[bench.work.notice]
    assert "The open scan" in held[bench.result]
    assert "What it doesn" in held[bench.result]
    assert held[bench.plot].visible
    assert held[bench.export].visible


def test_without_a_scan_the_phantoms_are_asked_alone(
    bench: Bench, visitor: gr.Request, after: After
) -> None:
    held = after(compared(bench, visitor, None))
    assert held[bench.measured].opened is None
    assert "Open a scan to try" in held[bench.work.notice]
    moved = bench.move(0.9, held[bench.measured])
    assert "At 0.90" in moved[bench.result]
    assert bench.move(0.9, None)[bench.result] == gr.skip()


def test_it_can_be_stopped(bench: Bench, visitor: gr.Request) -> None:
    seen = []
    for update in compared(bench, visitor, None, people=9):
        seen.append(update)
        if "1 of 9" in update.get(bench.work.notice, ""):
            bench.work.end(visitor)
    assert STOPPED in seen[-2][bench.work.notice]
    assert not any("3 of 9" in update.get(bench.work.notice, "") for update in seen)


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"states": ""}, "Type a text"), ({"denies": "a\nb"}, "1 and 2 lines"),
     ({"people": 1}, "2 to 100 people")],
)  # fmt: skip
def test_what_can_not_be_compared_is_said(
    changed: dict[str, Any], words: str, bench: Bench, visitor: gr.Request, after: After
) -> None:
    held = after(compared(bench, visitor, None, **changed))
    assert words in held[bench.work.notice]
    assert bench.measured not in held


def test_a_model_without_a_dual_encoder_says_so(
    bench: Bench, working: Callable[..., Any], fake: Fake, visitor: gr.Request, after: After
) -> None:
    def refusing(*_: Any) -> Any:
        raise CheckpointError("no dual encoder")

    lacking = fake().value()
    loaded = fake(insights=replace(lacking.insights, fits=refusing))
    held = after(compared(working(bench, loaded), visitor, None))
    assert "no dual encoder" in held[bench.work.notice]


def test_another_scan_leaves_the_phantoms(bench: Bench, visitor: gr.Request) -> None:
    held = bench.turn_to(0.5, MEASURED, visitor)
    assert held[bench.measured].opened is None
    assert ANOTHER in held[bench.work.notice]
    assert bench.measured not in bench.turn_to(0.5, None, visitor)


def test_a_perfect_pair_and_one_that_is_swapped() -> None:
    first, here, second, there = said(MEASURED, 0.5)
    assert "is 1.00 (95 % interval over people 1.00 to 1.00" in first
    assert "detects 2 of 2 findings, with 0 of 2 scans" in first
    assert "is 0.00" in second
    assert "the finding is stated" in here
    assert "the finding is denied" in there
    rows = bench_rows(MEASURED)
    assert len(rows) == 10
    assert rows[-1]["scan"] == "the open scan"
    assert [row["area_under_curve"] for row in rows[:2]] == ["1.0000", "0.0000"]
    assert rows[0]["area_low"] == rows[0]["area_high"] == "1.0000"
    names = {trace["name"] for trace in bench_figure(MEASURED, threshold=0.5).to_dict()["data"]
             if "name" in trace}  # fmt: skip
    assert {"pair 1", "pair 2", "with the finding", "without it", "the open scan"} <= names


@pytest.mark.parametrize("kind", list(KINDS))
def test_usual_prompts_state_and_deny(kind: str) -> None:
    states, denies = usual_prompts(kind)
    assert states.startswith(("there is ", "there are "))
    assert " no " in denies
    assert " no a" not in denies or KINDS[kind].names[0].startswith("a")


def test_a_kind_brings_its_prompts(bench: Bench) -> None:
    assert bench.write("ascites") == {
        bench.states: "there is ascites", bench.denies: "there is no ascites",
    }  # fmt: skip


@pytest.mark.parametrize("sent", [None, "", "a nice day", [], {}, 7])
def test_what_is_no_kind_brings_no_prompts(bench: Bench, sent: Any) -> None:
    """Such an event failed before its handler's words, as an error of the server."""
    assert bench.write(sent) == {bench.states: gr.skip()}
