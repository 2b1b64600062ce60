import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.hosting.models.loading import Loading, Progress, Tell
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.model.card import amount, badge_of, device_name
from med3dvlm.ui.model.status import (
    REAL_SCAN,
    ModelStatus,
    banner_of,
)
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan

After = Callable[..., dict[Any, Any]]


def with_info(services: Services, **changes: Any) -> Services:
    return replace(
        services, card=replace(services.card, info=replace(services.card.info, **changes))
    )


def never(*_: object) -> None:
    raise AssertionError("the model was asked")


@pytest.fixture
def slow() -> Callable[[Any], tuple[Loading[Any], threading.Event]]:
    """A loading value that says half-way what it does, and waits for a signal."""

    def make(value: Any) -> tuple[Loading[Any], threading.Event]:
        go_on = threading.Event()

        def load(tell: Tell) -> Any:
            tell(Progress("Loading <half> of it.", 0.5))
            go_on.wait(30)
            return value

        return Loading("The model", load), go_on

    return make


def test_badge_says_which_model_answers(services: Services) -> None:
    badge = badge_of(services.card)
    assert "Random test model" in badge
    assert f"{amount(services.card.parameters)} parameters, on the CPU" in badge
    assert "Nothing: its weights are random." in badge
    assert "<li>Its answers are noise.</li>" in badge
    assert "Known limits" not in badge_of(with_info(services, limits=()).card)


def test_badge_escapes_what_a_checkpoint_says(services: Services) -> None:
    evil = "<script>alert('x')</script>"
    badge = badge_of(with_info(services, name=evil, trained_on=evil, limits=(evil,)).card)
    assert "<script" not in badge
    assert badge.count("&lt;script&gt;") == 5


def test_a_phantom_model_warns_of_a_real_scan(
    services: Services, scan: Scan, real_scan: Scan
) -> None:
    assert services.card.info.phantom
    assert REAL_SCAN[0] in banner_of(real_scan, services)
    assert 'role="alert"' in banner_of(real_scan, services)
    assert banner_of(scan, services) == NOTHING


def test_the_warning_says_what_was_measured_on_real_scans(
    services: Services, real_scan: Scan
) -> None:
    told = "On 14 real CTs it found 1 of 5."
    measured = replace(services, card=replace(services.card, on_real_scans=told))
    assert f"{REAL_SCAN[1]} {told}</span>" in banner_of(real_scan, measured)


def test_a_model_of_real_scans_warns_of_nothing(services: Services, real_scan: Scan) -> None:
    assert banner_of(real_scan, with_info(services, phantom=False)) == NOTHING


def test_a_scan_is_read_once(
    status: ModelStatus, services: Services, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(status.read_scan(scan, None, visitor))
    encoded = held[status.session.encoded]
    assert encoded.of(scan) is not None
    assert held[status.doing] == NOTHING
    deaf = Loading("The model", lambda tell: replace(services, encode=never))
    again = after(replace(status, services=deaf).read_scan(scan, encoded, visitor))
    assert again == {status.banner: NOTHING, status.doing: NOTHING}


def test_features_of_another_scan_do_not_count(
    status: ModelStatus, services: Services, scan: Scan, other_scan: Scan, encoded: Encoded,
    visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    asked = []

    def encode(volume: Any, choice: Any) -> Any:
        asked.append(volume)
        return encoded.features

    counting = Loading("The model", lambda tell: replace(services, encode=encode))
    held = after(replace(status, services=counting).read_scan(other_scan, encoded, visitor))
    assert asked == [other_scan.volume]
    assert held[status.session.encoded].digest == other_scan.volume.digest


def test_the_warning_stands_before_the_model_has_read(
    status: ModelStatus, real_scan: Scan, visitor: gr.Request
) -> None:
    first = next(iter(status.read_scan(real_scan, None, visitor)))
    assert REAL_SCAN[0] in first[status.banner]
    assert "is reading the scan" in first[status.doing]


async def wired(status: ModelStatus) -> gr.Blocks:
    """In a loop that runs, or Gradio makes one of its own and leaves it open."""
    page: gr.Blocks
    with gr.Blocks() as page:
        for part in (*status.session, status.banner, status.doing):
            part.render()
        status.wire()
    return page


def test_once_the_model_has_read_a_scan_the_warning_is_that_of_the_open_one(
    status: ModelStatus, services: Services, scan: Scan, real_scan: Scan
) -> None:
    """The reading of the scan before may end later, and took the warning back."""
    ready = replace(status, services=Loading("The model", lambda tell: services))
    assert REAL_SCAN[0] in ready.warn_again(real_scan)[status.banner]
    assert ready.warn_again(scan) == {status.banner: NOTHING}
    assert ready.warn_again(None) == {}
    with ThreadPoolExecutor(1) as thread:  # a browser's test leaves a loop in this one
        page = thread.submit(lambda: asyncio.run(wired(ready))).result()
    event = (status.session.encoded._id, "change")
    [told] = [fn for fn in page.fns.values() if event in fn.targets]
    assert (told.inputs, told.outputs[0]) == ([status.session.scan], status.banner)


def test_without_a_scan_nothing_is_said(
    status: ModelStatus, visitor: gr.Request, after: After
) -> None:
    said = after(status.read_scan(None, None, visitor))
    assert said == {status.banner: NOTHING, status.doing: NOTHING}


def test_while_the_model_loads_the_page_says_what_it_does(
    status: ModelStatus, services: Services, encoded: Encoded, scan: Scan, slow: Any,
    visitor: gr.Request, after: After, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("med3dvlm.hosting.models.loading.LOOK_SECONDS", 0.02)
    loading, go_on = slow(replace(services, encode=lambda volume, choice: encoded.features))
    waiting = replace(status, services=loading)
    loading.start()
    while loading.progress.share is None:
        go_on.wait(0.01)
    reading, announcing = waiting.read_scan(scan, None, visitor), waiting.announce()
    assert "Loading &lt;half&gt; of it." in next(reading)[status.doing]
    assert 'value="50"' in next(announcing)[status.badge]
    go_on.set()
    assert after(reading)[status.session.encoded].of(scan) is encoded.features
    assert after(announcing)[status.badge] == badge_of(services.card)


def test_a_model_that_can_not_load_says_why(
    status: ModelStatus, scan: Scan, visitor: gr.Request, after: After
) -> None:
    def load(tell: Tell) -> Any:
        raise CheckpointError("model.safetensors is <missing>")

    broken = replace(status, services=Loading("The model", load))
    expected = "The model can&#x27;t be used: model.safetensors is &lt;missing&gt;"
    assert expected in after(broken.announce_guarded())[status.badge]
    assert (
        expected in after(guarded(broken.read_scan, broken.say)(scan, None, visitor))[status.doing]
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (812_000, "812 k"), (4_100_000, "4.1 M"), (7_615_000_000, "7.62 B")],
)
def test_parameters_in_words(count: int, words: str) -> None:
    assert amount(count) == words


@pytest.mark.parametrize(
    ("device", "words"), [("cpu", "the CPU"), ("cuda", "the GPU"), ("cuda:1", "the GPU")]
)
def test_devices_in_words(device: str, words: str) -> None:
    assert device_name(device) == words
