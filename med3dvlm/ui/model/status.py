"""Shows which model answers and whether it is ready, and has it encode each scan once.

status = build_status(session, switches, services, build_badge())
read = status.read_after(panel.session.scan.change)   # then the features are in session.encoded
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.engine.provenance import PURPOSE as PURPOSE
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.model.card import badge_of
from med3dvlm.ui.model.reading import TASK, ExampleReadings, Reading, ReadingKey, Readings
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, standing, warning
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.page.stopping import Switches

HEADER = """<header class="masthead">
  <div><h1>Med3DVLM</h1>
  <p>{headline}</p></div>
  <p class="purpose">{purpose}</p>
</header>"""
HEADLINE = "A model that reads 3-D scans and answers questions about them. Find where it fails."
READING = "The model is reading the scan."
REAL_SCAN = (
    "Not meaningful for real patients.",
    "This model was trained only on computer-generated phantoms. The viewer shows the scan as it "
    "is; what the model says of it is a demonstration and must not be relied on.",
)


@dataclass(frozen=True, kw_only=True)
class ModelStatus:
    """Badge of the model, warning about the scan, and what the model is doing."""

    services: Loading[Services]
    session: SessionStates
    switches: Switches
    readings: Readings
    examples: ExampleReadings
    badge: gr.HTML
    banner: gr.HTML
    doing: gr.HTML

    def announce(self) -> Iterator[Updates]:
        """Show loading progress, then the badge of the model."""
        for progress in self.services.waiting():
            yield {self.badge: loading(progress)}
        services = self.services.value()
        told_first = warning("This is not the requested model.", services.notice)
        yield {self.badge: (told_first if services.notice else "") + badge_of(services.card)}

    @property
    def announce_guarded(self) -> Callable[..., Any]:
        """`announce`, with errors shown in place of the badge."""
        return guarded(self.announce, self.say_on_badge)

    def wire(self) -> None:
        """Read every scan as soon as it is open."""
        self.read_after(self.session.scan.change)
        # The reading of the scan before may have told its banner after that of this one.
        self.session.encoded.change(
            guarded(self.warn_again, self.say), self.session.scan, [self.banner, self.doing],
            **QUICK,
        )  # fmt: skip

    def warn_again(self, scan: Scan | None) -> Updates:
        """The banner of the open scan, once the model has read one."""
        return {self.banner: banner_of(scan, self.services.value())} if scan else {}

    def read_scan(
        self, scan: Scan | None, encoded: Encoded | None, request: gr.Request
    ) -> Iterator[Updates]:
        """Encode the open scan unless this page has already done so or is doing so."""
        if scan is None:
            yield {self.banner: NOTHING, self.doing: NOTHING}
            return
        for progress in self.services.waiting():
            yield {self.doing: loading(progress)}
        services = self.services.value()
        banner = banner_of(scan, services)
        if encoded and encoded.model == services.card.digest and encoded.of(scan):
            yield {self.banner: banner, self.doing: NOTHING}
            return
        yield {self.banner: banner, self.doing: busy(READING)}
        made = yield from self._read(scan, services, request)
        if made is not None:
            yield {self.session.encoded: made, self.doing: NOTHING}

    def _read(
        self, scan: Scan, services: Services, request: gr.Request
    ) -> Generator[Updates, None, Encoded | None]:
        """The features from this page's reading; None if they are no longer needed."""
        key = ReadingKey(scan.volume.digest, scan.choice, services.card.digest)
        while True:
            reading, first = self.readings.join(request, key)
            if first:
                return (yield from self._encode(scan, services, reading, request))
            made = reading.result()
            if made is not None or reading.ended.is_set():
                return made

    def _encode(
        self, scan: Scan, services: Services, reading: Reading, request: gr.Request
    ) -> Generator[Updates, None, Encoded | None]:
        """The features, of an example as they were made before; None if nobody wants them now."""
        try:
            made = self.examples.of(reading.key) or (
                yield from self._make(scan, services, reading, request)
            )
            if made is None:
                return None
            reading.give(made)
        except Med3DVLMError as error:
            reading.fail(error)
            raise
        finally:
            self.readings.leave(request, reading)
        return None if reading.ended.is_set() else made

    def _make(
        self, scan: Scan, services: Services, reading: Reading, request: gr.Request
    ) -> Generator[Updates, None, Encoded | None]:
        """Wait for a turn with the model, then encode; None if it is given up meanwhile."""
        with self.switches.turn(request, TASK, counted=False) as turn:
            for place in turn.waiting():
                if reading.ended.is_set():
                    return None
                yield {self.doing: standing(place)}
            yield {self.doing: busy(READING)}
            features = services.encode(scan.volume, scan.choice)
        made = Encoded(scan.volume.digest, features, scan.choice, services.card.digest)
        self.examples.keep(scan, reading.key, made)
        return made

    def read_after(self, event: Callable[..., Any], *, only_if: gr.Checkbox | None = None) -> Any:
        """Encode when the event happens; later steps find the features in the session.

        If a box is given, only when it is ticked.
        """

        def read_if(
            wanted: bool, scan: Scan | None, encoded: Encoded | None, request: gr.Request
        ) -> Iterator[Updates]:
            if wanted:
                yield from self.read_scan(scan, encoded, request)

        return event(
            guarded(read_if if only_if else self.read_scan, self.say),
            [*([only_if] if only_if else []), self.session.scan, self.session.encoded],
            [self.session.encoded, self.banner, self.doing],
            **IN_QUEUE,
        )

    def say(self, message: str) -> Updates:
        """What went wrong with the model."""
        return {self.doing: problem(message)}

    def say_on_badge(self, message: str) -> Updates:
        """What went wrong while loading."""
        return {self.badge: problem(message)}


def build_badge() -> gr.HTML:
    """The head of the page; returns the place of the badge."""
    gr.HTML(HEADER.format(headline=HEADLINE, purpose=PURPOSE), elem_id="masthead")
    return gr.HTML(busy("The model is still loading."), elem_id="badge")


def build_status(
    session: SessionStates, switches: Switches, services: Loading[Services], badge: gr.HTML
) -> ModelStatus:
    """Lay out the warning and the line that says what the model does."""
    banner = gr.HTML(elem_id="banner")
    doing = gr.HTML(elem_id="doing")
    return ModelStatus(
        services=services, session=session, switches=switches, readings=Readings(switches),
        examples=ExampleReadings(), badge=badge, banner=banner, doing=doing,
    )  # fmt: skip


def banner_of(scan: Scan, services: Services) -> str:
    """A warning when a model trained on phantoms is given a real scan."""
    if services.card.info.phantom and scan.seed is None:
        title, text = REAL_SCAN
        return warning(title, f"{text} {services.card.on_real_scans}".rstrip())
    return NOTHING
