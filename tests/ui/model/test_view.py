"""What the model sees: the pictures are of its exact input, and a change reaches the answers."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.model.input_pictures import OUTSIDE, pictures_html
from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.model.view import (
    AUTO,
    IN_USE,
    LOW_PASS,
    OWN,
    PLAIN,
    PREVIEW,
    TRAINED,
    ModelView,
    choice_of,
    window_names,
)
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import LUNG, Window, auto_window

After = Callable[..., dict[Any, Any]]
UNTOUCHED = (TRAINED, 0.0, 1.0, True, TRAINED)
NOT_CROPPED = (TRAINED, 0.0, 1.0, False, TRAINED)


def pictures(html: str, kind: str) -> list[np.ndarray]:
    found = re.findall(rf"data:image/{kind};base64,([\w+/=]+)", html)
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("L")) for code in found
    ]


def test_the_pictures_are_the_exact_input(services: Services, scan: Scan) -> None:
    seen = services.card.input.prepare(scan.volume)
    tensor = np.rint(seen.tensor[0, 0].numpy() * 255).astype(np.uint8)
    html = pictures_html(scan.volume, seen, None)
    shown = pictures(html, "png")
    assert len(shown) == len(pictures(html, "webp")) == 3
    stacks = (tensor, tensor[::-1].transpose(1, 0, 2), tensor[::-1].transpose(2, 0, 1))
    for picture, stack in zip(shown, stacks, strict=True):
        assert any(np.array_equal(picture, plane) for plane in stack)
    assert html.count("alt='") == 6
    assert "Window" in html
    assert "class='box'" in html


def test_a_place_outside_the_crop_is_said(services: Services, scan: Scan) -> None:
    voxels = np.full((40, 40, 40), -1000, np.int16)
    voxels[10:30, 10:30, 10:30] = 50
    volume = Volume(voxels=voxels, affine=scan.volume.affine, unit="HU")
    seen = services.card.input.prepare(volume)
    assert OUTSIDE in pictures_html(volume, seen, (0.0, 0.0, 0.0))
    assert OUTSIDE not in pictures_html(volume, seen, (20.0, 20.0, 20.0))


def test_nothing_is_drawn_while_the_tab_is_closed(
    view: ModelView, scan: Scan, after: After
) -> None:
    held = after(view.turn_to(scan, False, None, None))
    assert view.pictures not in held
    nothing = after(view.turn_to(None, True, None, None))
    assert (nothing[view.seen], nothing[view.pictures]) == (None, NOTHING)


def test_opening_the_tab_draws(view: ModelView, scan: Scan, after: After) -> None:
    held = after(view.unfold(True, scan, None, None, *UNTOUCHED))
    assert "Model input" in held[view.pictures]
    assert IN_USE in held[view.told]
    assert not held[view.read].interactive
    assert after(view.unfold(True, None, None, None, *UNTOUCHED)) == {}
    assert after(view.unfold(False, scan, None, None, *UNTOUCHED)) == {}


def test_the_input_is_made_once_for_many_places(view: ModelView, scan: Scan, after: After) -> None:
    first = after(view.unfold(True, scan, None, None, *UNTOUCHED))
    event = gr.SelectData(None, {"index": [3, 4, 5], "value": 0})
    moved = after(view.move(event, scan, True, first[view.seen], *UNTOUCHED))
    assert moved[view.place] == (3.0, 4.0, 5.0)
    assert moved[view.seen] is first[view.seen]
    assert moved[view.pictures] != first[view.pictures]
    closed = after(view.move(event, scan, False, None, *UNTOUCHED))
    assert closed == {view.place: (3.0, 4.0, 5.0)}


def test_a_move_that_waited_does_not_undo_a_change(
    view: ModelView, scan: Scan, after: After
) -> None:
    """The last of several moves is sent with the controls as they were when it happened."""
    changed = after(view.change(scan, None, None, *NOT_CROPPED))
    event = gr.SelectData(None, {"index": [3, 4, 5], "value": 0})
    moved = after(view.move(event, scan, True, changed[view.seen], *UNTOUCHED))
    assert "Not cropped" in moved[view.pictures]


def test_a_change_is_a_preview_until_it_is_applied(
    view: ModelView, scan: Scan, after: After
) -> None:
    held = after(view.change(scan, None, None, *NOT_CROPPED))
    assert PREVIEW in held[view.told]
    assert "Not cropped" in held[view.pictures]
    assert held[view.read].interactive
    changed = view.apply(scan, *NOT_CROPPED)[view.session.scan]
    assert changed.choice == InputChoice(crop=False)
    assert changed.volume is scan.volume
    again = after(view.turn_to(changed, True, held[view.seen], None))
    assert IN_USE in again[view.told]
    assert again[view.crop] is False
    assert again[view.reset].interactive
    assert again[view.seen] is held[view.seen], "the preview is what is used"
    assert view.restore(changed)[view.session.scan].choice == AS_TRAINED


def test_what_is_applied_is_what_the_model_reads(
    view: ModelView, status: ModelStatus, scan: Scan, encoded: Encoded, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    """Features of the old input no longer count, and the new ones are of the input shown."""
    chosen = ("Lung", 0.0, 1.0, False, PLAIN)
    changed = view.apply(scan, *chosen)[view.session.scan]
    assert encoded.of(changed) is None
    made = after(status.read_scan(changed, encoded, visitor))[status.session.encoded]
    features = made.of(changed)
    assert features is not None
    assert features.window == LUNG
    shown = after(view.turn_to(changed, True, None, None))[view.seen].made
    assert (features.mapping, features.window) == (shown.mapping, shown.window)
    assert not np.array_equal(features.image_tokens, encoded.features.image_tokens)


@pytest.mark.parametrize(
    ("chosen", "choice"),
    [
        (UNTOUCHED, AS_TRAINED),
        (("Lung", 0, 1, True, TRAINED), InputChoice(window=LUNG)),
        ((OWN, 30, 80, True, LOW_PASS),
         InputChoice(window=Window(center=30, width=80), published=False)),
        ((TRAINED, 0, 1, False, PLAIN), InputChoice(crop=False, published=True)),
    ],
)  # fmt: skip
def test_controls_make_a_choice_and_show_it_again(
    view: ModelView, scan: Scan, after: After, chosen: Any, choice: InputChoice
) -> None:
    assert choice_of(scan, *chosen) == choice
    shown = after(view.turn_to(replace(scan, choice=choice), False, None, None))
    name, center, width, crop, resize = (shown[control] for control in view.chosen)
    assert (name.value, crop, resize) == (chosen[0], chosen[3], chosen[4])
    assert center.visible == width.visible == (chosen[0] == OWN)
    again = choice_of(scan, name.value, center.value, width.value, crop, resize)
    assert again == choice


def test_the_automatic_window_is_of_the_scan(scan: Scan) -> None:
    choice = choice_of(scan, AUTO, 0, 1, True, TRAINED)
    assert choice.window == auto_window(scan.volume)


@pytest.mark.parametrize(("center", "width"), [(None, 5), (5, None), (5, 0), (5, -3)])
def test_numbers_that_are_no_window_are_told(
    view: ModelView, scan: Scan, after: After, center: Any, width: Any
) -> None:
    with pytest.raises(VolumeError, match="above 0"):
        choice_of(scan, OWN, center, width, True, TRAINED)
    told = after(
        guarded(view.change, view.say)(scan, None, None, OWN, center, width, True, TRAINED)
    )
    assert "above 0" in told[view.told]


def test_presets_in_hu_are_offered_for_hu_alone(scan: Scan) -> None:
    assert "Lung" in window_names(scan)
    volume = Volume(voxels=scan.volume.voxels, affine=scan.volume.affine, unit="arbitrary")
    assert window_names(replace(scan, volume=volume)) == [TRAINED, AUTO, OWN]


def test_another_scan_starts_as_trained_at_its_own_place(
    view: ModelView, scan: Scan, other_scan: Scan, after: After
) -> None:
    held = after(view.unfold(True, scan, None, None, *NOT_CROPPED))
    placed = replace(other_scan, center=(2.0, 3.0, 4.0))
    turned = after(view.turn_to(placed, True, held[view.seen], (9.0, 9.0, 9.0)))
    assert turned[view.place] == (2.0, 3.0, 4.0)
    assert turned[view.seen].digest == other_scan.volume.digest
    assert turned[view.crop] is True


def test_only_what_the_events_declare_is_changed(view: ModelView, scan: Scan, after: After) -> None:
    drawn = set(after(view.change(scan, None, None, *NOT_CROPPED)))
    assert drawn <= {view.center, view.width, *view._drawn}
    turned = set(after(view.turn_to(scan, True, None, None)))
    assert turned <= {view.place, *view.chosen, *view._drawn}
