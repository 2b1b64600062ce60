from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.painted import masks_of
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.session import Labelled, Scan
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.scan.labels import HELD, REAL, TASK, LabelTab, overlay_of, size_of, table_of
from med3dvlm.volumes.labels.label_map import labels_of_masks
from tests.scan_files import save_nifti
from tests.ui.conftest import TINY, Parts

After = Callable[..., dict[Any, Any]]


@pytest.fixture
def tab(parts: Parts, switches: Switches) -> LabelTab:
    return replace(parts.labels, switches=switches)


def box_of(scan: Scan) -> np.ndarray:
    box = np.zeros(scan.volume.shape, bool)
    box[2:5, 6:9, 3:7] = True
    return box


def written(scan: Scan, path: Path) -> Path:
    voxels = (box_of(scan) * 1).astype(np.int16)
    return save_nifti(replace(scan.volume, voxels=voxels), path)


def added(tab: LabelTab, path: Path, scan: Scan | None, visitor: gr.Request) -> Any:
    return guarded(tab.add, tab.say)([str(path)], scan, None, visitor)


def test_a_label_map_is_laid_over_the_open_scan(
    tab: LabelTab, real_scan: Scan, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    held = after(added(tab, written(real_scan, tmp_path / "spleen.nii.gz"), real_scan, visitor))
    assert "1 label of spleen.nii.gz." in held[tab.notice]
    assert "spleen" in held[tab.table]
    overlay = held[tab.viewer].overlay
    assert np.array_equal(overlay.values > 0, box_of(real_scan))
    assert overlay.labels[0].name == "spleen"
    labelled = held[tab.session.labelled]
    assert held[tab.remove].visible
    again = tab.turn_to(real_scan, None, labelled)
    assert list(again) == [tab.viewer], "prepared anew it is the same scan"
    assert again[tab.viewer].overlay.labels == overlay.labels
    gone = tab.take_away(real_scan, None)
    assert gone[tab.viewer].overlay is None
    assert gone[tab.session.labelled] is None


def test_another_scan_has_no_labels_yet(tab: LabelTab, scan: Scan, real_scan: Scan) -> None:
    labelled = Labelled(real_scan.volume.digest, labels_of_masks({"a": box_of(real_scan)}, 1.0))
    held = tab.turn_to(scan, None, labelled)
    assert held[tab.session.labelled] is None
    assert held[tab.painted].visible
    assert not tab.turn_to(real_scan, None, None)[tab.painted].visible
    assert tab.show_again(scan, None, labelled) == {}


def test_a_phantoms_own_masks_are_labels(tab: LabelTab, scan: Scan, real_scan: Scan) -> None:
    held = tab.paint(scan, None)
    labels = held[tab.session.labelled].labels
    assert scan.seed is not None
    masks = masks_of(scan.seed, TINY)
    assert set(labels.names) == {name for name, mask in masks.items() if mask.any()}
    for name in labels.names:
        assert np.array_equal(labels.mask(name), masks[name]), name
    assert REAL in tab.paint(real_scan, None)[tab.notice]


def test_what_does_not_fit_is_said_and_the_labels_stay(
    tab: LabelTab, real_scan: Scan, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    affine = real_scan.volume.affine.copy()
    affine[:3, 3] += 2000
    away = replace(real_scan, volume=replace(real_scan.volume, affine=affine))
    path = written(away, tmp_path / "away.nii")
    held = after(added(tab, path, real_scan, visitor))
    assert "away.nii: its labels lie outside the scan" in held[tab.notice]
    assert tab.session.labelled not in held
    held = after(added(tab, tmp_path / "none.nii", None, visitor))
    assert "Open a scan first" in held[tab.notice]
    assert list(tab.add(None, real_scan, None, visitor)) == []
    tab.switches.renew(visitor, OPEN)
    held = after(added(tab, path, real_scan, visitor))
    assert HELD in held[tab.notice]


@pytest.mark.parametrize("ended", [True, False])
def test_labels_that_come_too_late_are_dropped(
    tab: LabelTab, real_scan: Scan, visitor: gr.Request, tmp_path: Path, ended: bool
) -> None:
    """Another scan was opened while they were read."""
    path = written(real_scan, tmp_path / "spleen.nii.gz")
    reading = tab.switches.reading_for(visitor)

    class Slow:
        holder = reading.holder

        def labels(self, *given: Any) -> Any:
            tab.switches.supersede(visitor, TASK)
            if ended:
                raise VolumeError("reading was stopped")
            return reading.labels(*given)

    tab.switches.reading_for = lambda *_: Slow()  # type: ignore[method-assign, assignment]
    steps = list(tab.add([str(path)], real_scan, None, visitor))
    assert [list(step) for step in steps] == [[tab.notice]]


def test_names_are_text_and_sizes_are_short(real_scan: Scan) -> None:
    labels = labels_of_masks({"<b>x</b>": box_of(real_scan)}, 0.25)
    assert "&lt;b&gt;x" in table_of(labels)
    assert overlay_of(labels).labels[0].note == "9 ml"
    assert [size_of(ml) for ml in (1234.5, 0.03)] == ["1234 ml", "0.03 ml"]
