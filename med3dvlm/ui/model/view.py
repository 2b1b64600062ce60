"""What the model sees: its exact input next to the original, with controls to change it.

view = build(session, services, tabs)
view.wire(viewer)

A change is a preview until it is applied. The scan then stores it and is encoded again, so that
answers, reports and searches use the input shown here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.model.input_pictures import pictures_html
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import SHARED
from med3dvlm.ui.page.notice import NOTHING, loading, problem
from med3dvlm.ui.page.pointing import place_in
from med3dvlm.ui.page.session import LIFETIME_SECONDS, Scan, SessionStates, opened
from med3dvlm.ui.page.tabs import turned
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice, ModelInput
from med3dvlm.volumes.window import CT_PRESETS, Window, auto_window

TAB = "Model's view"
TRAINED, AUTO, OWN = "As trained", "Auto", "Custom"
LOW_PASS, PLAIN = "Smoothed", "Not smoothed"
RESIZE_HELP = "Smoothing (a low-pass filter) first removes detail too fine for the model's grid."
RESIZES = {TRAINED: None, LOW_PASS: False, PLAIN: True}
IN_USE = "Answers, reports and searches use this input."
PREVIEW = 'Preview only. Answers still use the previous input; "Use this input" changes that.'
Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An input that was made, and of what."""

    digest: str
    choice: InputChoice
    made: ModelInput


@dataclass(frozen=True, kw_only=True)
class ModelView:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    services: Loading[Services]
    tabs: gr.Tabs
    window: gr.Dropdown
    center: gr.Number
    width: gr.Number
    crop: gr.Checkbox
    resize: gr.Radio
    read: gr.Button
    reset: gr.Button
    told: gr.HTML
    pictures: gr.HTML
    unfolded: gr.State
    place: gr.State
    seen: gr.State

    def unfold(
        self,
        unfolded: bool,
        scan: Scan | None,
        place: Place | None,
        seen: Seen | None,
        *chosen: Any,
    ) -> Iterator[Updates]:
        """Draw the pictures once the tab is open."""
        if unfolded and scan is not None:
            yield from self._draw(scan, choice_of(scan, *chosen), place, seen)

    def turn_to(
        self, scan: Scan | None, unfolded: bool, seen: Seen | None, place: Place | None
    ) -> Iterator[Updates]:
        """Show another scan, or the same scan prepared differently."""
        if scan is None:
            yield {self.pictures: NOTHING, self.told: NOTHING, self.seen: None}
            return
        same = seen is not None and seen.digest == scan.volume.digest
        place = place if same else scan.center
        yield {self.place: place, **self._controls(scan)}
        if unfolded:
            yield from self._draw(scan, scan.choice, place, seen)

    def move(
        self,
        event: gr.SelectData,
        scan: Scan | None,
        unfolded: bool,
        seen: Seen | None,
        *chosen: Any,
    ) -> Iterator[Updates]:
        """The crosshair has come to rest elsewhere."""
        z, y, x = place_in(event)
        yield {self.place: (z, y, x)}
        if scan is not None and unfolded:
            # The last of several moves comes with the controls as they were before it waited.
            shown = seen is not None and seen.digest == scan.volume.digest
            choice = seen.choice if seen and shown else choice_of(scan, *chosen)
            yield from self._draw(scan, choice, (z, y, x), seen)

    def change(
        self, scan: Scan | None, place: Place | None, seen: Seen | None, *chosen: Any
    ) -> Iterator[Updates]:
        """Preview the effect of a changed control."""
        scan = opened(scan)
        own = chosen[0] == OWN
        yield {self.center: gr.Number(visible=own), self.width: gr.Number(visible=own)}
        yield from self._draw(scan, choice_of(scan, *chosen), place, seen)

    def apply(self, scan: Scan | None, *chosen: Any) -> Updates:
        """Use these settings for the scan from now on."""
        scan = opened(scan)
        return {self.session.scan: replace(scan, choice=choice_of(scan, *chosen))}

    def restore(self, scan: Scan | None) -> Updates:
        """Back to how the model was trained."""
        scan = opened(scan)
        return {self.session.scan: replace(scan, choice=AS_TRAINED)}

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.told: problem(message)}

    def wire(self, viewer: VolumeViewer) -> None:
        """Connect the events; `viewer` tells where the crosshair is."""
        scan, how = self.session.scan, SHARED | {"concurrency_id": "look"}
        known = [scan, self.place, self.seen, *self.chosen]
        turned(self.tabs, TAB, self.unfolded).then(
            guarded(self.unfold, self.say), [self.unfolded, *known], self._drawn, **how
        )
        scan.change(
            guarded(self.turn_to, self.say), [scan, self.unfolded, self.seen, self.place],
            [self.place, *self.chosen, *self._drawn], **how,
        )  # fmt: skip
        viewer.select(
            guarded(self.move, self.say), [scan, self.unfolded, self.seen, *self.chosen],
            [self.place, *self._drawn], **how | {"trigger_mode": "always_last"},
        )  # fmt: skip
        changed: list[Callable[..., Any]] = [
            self.window.input, self.crop.input, self.resize.input, self.center.submit,
            self.center.blur, self.width.submit, self.width.blur,
        ]  # fmt: skip
        gr.on(
            changed, guarded(self.change, self.say), known,
            [self.center, self.width, *self._drawn], **how,
        )  # fmt: skip
        for button, handler in ((self.read, self.apply), (self.reset, self.restore)):
            given = [scan, *self.chosen] if button is self.read else scan
            # Queued: of other events Gradio doesn't tell the page that a state has changed.
            button.click(guarded(handler, self.say), given, [scan, self.told], **how)

    @property
    def chosen(self) -> list[Any]:
        """The controls, in the order in which `choice_of` takes them."""
        return [self.window, self.center, self.width, self.crop, self.resize]

    @property
    def _drawn(self) -> list[Any]:
        return [self.pictures, self.told, self.seen, self.read, self.reset]

    def _draw(
        self, scan: Scan, choice: InputChoice, place: Place | None, seen: Seen | None
    ) -> Iterator[Updates]:
        """Wait for the model, which defines its input, and show the input."""
        for progress in self.services.waiting():
            yield {self.told: loading(progress)}
        if seen is None or (seen.digest, seen.choice) != (scan.volume.digest, choice):
            made = self.services.value().card.input.prepare(scan.volume, choice)
            seen = Seen(scan.volume.digest, choice, made)
        in_use = choice == scan.choice
        yield {
            self.pictures: pictures_html(scan.volume, seen.made, place),
            self.told: f"<p class='told'>{IN_USE if in_use else PREVIEW}</p>",
            self.seen: seen,
            self.read: gr.Button(interactive=not in_use),
            self.reset: gr.Button(interactive=scan.choice != AS_TRAINED or not in_use),
        }

    def _controls(self, scan: Scan) -> Updates:
        """Set the controls to the scan's choice."""
        choice, window = scan.choice, scan.choice.window
        names = window_names(scan)
        name = TRAINED if window is None else window.name if window.name in names else OWN
        shown = window or auto_window(scan.volume)
        return {
            self.window: gr.Dropdown(choices=names, value=name),
            self.center: gr.Number(value=round(shown.center, 3), visible=name == OWN),
            self.width: gr.Number(value=round(shown.width, 3), visible=name == OWN),
            self.crop: choice.crop,
            self.resize: next(k for k, v in RESIZES.items() if v == choice.published),
        }


def build(session: SessionStates, services: Loading[Services], tabs: gr.Tabs) -> ModelView:
    """Lay the tab out among `tabs`."""
    with tabs, gr.Tab(TAB, id="model", elem_id="model-view"):
        with gr.Row(elem_id="seen-controls"):
            window = gr.Dropdown(
                [TRAINED], value=TRAINED, label="Window", scale=2, min_width=170,
                elem_id="seen-window",
            )  # fmt: skip
            center = gr.Number(label="Level", visible=False, min_width=90, elem_id="seen-center")
            width = gr.Number(label="Width", visible=False, min_width=90, elem_id="seen-width")
            crop = gr.Checkbox(True, label="Crop to the body", min_width=130, elem_id="seen-crop")
            resize = gr.Radio(
                list(RESIZES), value=TRAINED, label="Resize", info=RESIZE_HELP, scale=2,
                min_width=260, elem_id="seen-resize",
            )  # fmt: skip
        with gr.Row(elem_id="seen-buttons"):
            read = gr.Button(
                "Use this input", variant="primary", size="sm", interactive=False,
                elem_id="seen-read",
            )  # fmt: skip
            reset = gr.Button("As trained", size="sm", interactive=False, elem_id="seen-reset")
        told = gr.HTML(elem_id="seen-told")
        pictures = gr.HTML(NOTHING, elem_id="seen-pictures")
    return ModelView(
        session=session, services=services, tabs=tabs, window=window, center=center,
        width=width, crop=crop, resize=resize, read=read, reset=reset, told=told,
        pictures=pictures, unfolded=gr.State(False), place=gr.State(None),
        seen=gr.State(None, time_to_live=LIFETIME_SECONDS),
    )  # fmt: skip


def window_names(scan: Scan) -> list[str]:
    """Windows that make sense for a scan's values."""
    presets = [preset.name for preset in CT_PRESETS] if scan.volume.unit == "HU" else []
    return [TRAINED, *presets, AUTO, OWN]


def choice_of(scan: Scan, *chosen: Any) -> InputChoice:
    """The controls' values as a choice.

    Raises:
        VolumeError: the numbers do not make a window.
    """
    name, center, width, crop, resize = chosen
    window: Window | None = None
    if name == AUTO:
        window = auto_window(scan.volume)
    elif name == OWN:
        window = _own(center, width)
    elif name != TRAINED:
        window = next(preset for preset in CT_PRESETS if preset.name == name)
    return InputChoice(window=window, crop=bool(crop), published=RESIZES[resize])


def _own(center: float | None, width: float | None) -> Window:
    if center is None or width is None or width <= 0:
        raise VolumeError("A window needs a level and a width above 0.")
    return Window(name="", center=float(center), width=float(width))
