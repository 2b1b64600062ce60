"""A page has a scan read once, in its turn, and not when nobody wants it any more."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.queue import ModelQueue
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.model.reading import ExampleReadings, ReadingKey, Readings
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes.grid import InputChoice

After = Callable[..., dict[Any, Any]]
LONG = 30.0
UNCROPPED = InputChoice(crop=False)


@dataclass
class HeldEncoder:
    """Reads when it is let, and counts."""

    result: Any
    let: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    count: int = 0

    def __call__(self, *_: Any) -> Any:
        self.count += 1
        self.began.set()
        assert self.let.wait(LONG)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ModelQueue:
    monkeypatch.setattr("med3dvlm.hosting.models.queue.LOOK_SECONDS", 0.01)
    return ModelQueue(at_once=1, per_visitor=1)


@pytest.fixture
def encoder(encoded: Encoded) -> Iterator[HeldEncoder]:
    made = HeldEncoder(encoded.features)
    yield made
    made.let.set()


@pytest.fixture
def page(
    status: ModelStatus, services: Services, queue: ModelQueue, encoder: HeldEncoder
) -> ModelStatus:
    switches = Switches(queue)
    held = Loading("The model", lambda tell: replace(services, encode=encoder))
    return replace(
        status, services=held, switches=switches, readings=Readings(switches),
        examples=ExampleReadings(),
    )  # fmt: skip


@pytest.fixture
def second_waits(page: ModelStatus, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when an event of a page has found that its scan is being read already."""
    found, join = threading.Event(), page.readings.join

    def watched(*given: Any) -> Any:
        reading, first = join(*given)
        if not first:
            found.set()
        return reading, first

    monkeypatch.setattr(page.readings, "join", watched)
    return found


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_second_event_waits_for_what_the_first_one_makes(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, visitor: gr.Request, after: After,
    threads: ThreadPoolExecutor, second_waits: threading.Event,
) -> None:  # fmt: skip
    """A question asked while its scan is being read."""
    first = threads.submit(lambda: after(page.read_scan(scan, None, visitor)))
    assert encoder.began.wait(LONG)
    second = threads.submit(lambda: after(page.read_scan(scan, None, visitor)))
    assert second_waits.wait(LONG)
    encoder.let.set()
    results = [reading.result(LONG)[page.session.encoded] for reading in (first, second)]
    assert [made.of(scan) for made in results] == [encoder.result, encoder.result]
    assert encoder.count == 1
    assert len(page.readings) == 0


def test_pages_do_not_share_a_reading(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, visitor: gr.Request,
    other_visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    encoder.let.set()
    for asking in (visitor, other_visitor):
        assert after(page.read_scan(scan, None, asking))[page.session.encoded].of(scan)
    assert encoder.count == 2


def test_an_example_is_read_once_for_all_pages_and_takes_no_turn(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, queue: ModelQueue, visitor: gr.Request,
    other_visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    """And ends what the page was reading before, as any other scan does."""
    encoder.let.set()
    example = replace(scan, card="Phantom")
    after(page.read_scan(example, None, visitor))
    with queue.join("somebody", "answer"):
        own = page.read_scan(replace(scan, choice=UNCROPPED), None, other_visitor)
        next(own)
        next(own)
        made = after(page.read_scan(example, None, other_visitor))
        assert page.session.encoded not in after(own)
    assert made[page.session.encoded].of(example) is encoder.result
    assert (encoder.count, len(page.readings)) == (1, 0)


def test_of_many_examples_the_ones_used_last_are_kept(scan: Scan, encoded: Encoded) -> None:
    examples = ExampleReadings(most=2)
    keys = [ReadingKey(str(n), scan.choice, "model") for n in range(3)]
    examples.keep(scan, keys[0], encoded)
    assert examples.of(keys[0]) is None  # a visitor's own
    for key in keys:
        examples.of(keys[0])
        examples.keep(replace(scan, card="Phantom"), key, encoded)
    assert [examples.of(key) for key in keys] == [encoded, None, encoded]


def test_a_scan_that_waits_is_not_read_when_another_one_was_opened(
    page: ModelStatus, scan: Scan, other_scan: Scan, encoder: HeldEncoder, queue: ModelQueue,
    visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    """Ten scans opened in a row would have been read one after the other, before other visitors."""
    encoder.let.set()
    with queue.join("somebody", "answer"):
        old = page.read_scan(scan, None, visitor)
        assert "reading the scan" in next(old)[page.doing]
        assert "you are next" in next(old)[page.doing]
        new = page.read_scan(other_scan, None, visitor)
        next(new)
        assert "Waiting for the model" in next(new)[page.doing]
        assert page.session.encoded not in after(old)
        assert queue.waiting == 1
    assert after(new)[page.session.encoded].digest == other_scan.volume.digest
    assert encoder.count == 1


def test_who_leaves_the_page_leaves_the_queue(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, queue: ModelQueue, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    with queue.join("somebody", "answer"):
        reading = page.read_scan(scan, None, visitor)
        next(reading)
        next(reading)
        page.switches.forget(visitor)
        after(reading)
        assert (queue.waiting, encoder.count, len(page.readings)) == (0, 0, 0)


def test_the_second_event_reads_when_the_first_one_was_cancelled(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, queue: ModelQueue, visitor: gr.Request,
    after: After, threads: ThreadPoolExecutor, second_waits: threading.Event,
) -> None:  # fmt: skip
    encoder.let.set()
    with queue.join("somebody", "answer"):
        first = page.read_scan(scan, None, visitor)
        next(first)
        next(first)
        second = page.read_scan(scan, None, visitor)
        next(second)
        result = threads.submit(lambda: after(second))
        assert second_waits.wait(LONG)
        first.close()
    assert result.result(LONG)[page.session.encoded].of(scan) is encoder.result


def test_an_error_is_told_to_both(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, visitor: gr.Request, after: After,
    threads: ThreadPoolExecutor, second_waits: threading.Event,
) -> None:  # fmt: skip
    encoder.result = CheckpointError("no")
    first = threads.submit(lambda: after(page.read_scan(scan, None, visitor)))
    assert encoder.began.wait(LONG)
    second = threads.submit(lambda: after(page.read_scan(scan, None, visitor)))
    assert second_waits.wait(LONG)
    encoder.let.set()
    for reading in (first, second):
        with pytest.raises(CheckpointError, match="no"):
            reading.result(LONG)


def test_reading_does_not_count_as_a_request_of_the_visitor(
    page: ModelStatus, scan: Scan, encoder: HeldEncoder, queue: ModelQueue, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    """Whose answer is being written may open another scan, though one request is the limit."""
    encoder.let.set()
    with queue.join(str(visitor.session_hash), "answer"):
        reading = page.read_scan(scan, None, visitor)
        next(reading)
        assert "Waiting for the model" in next(reading)[page.doing]
    assert after(reading)[page.session.encoded].of(scan)
