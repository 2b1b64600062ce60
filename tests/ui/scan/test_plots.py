"""What the figures of a scan say, and when they are made."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.figures import WINDOW_SHAPE, histogram_figure, surface_figure
from med3dvlm.ui.scan.plots import BRIGHT, NO_SURFACE, ScanPlots, kind_named, kinds_of
from med3dvlm.volumes.views.surface import BONE_SURFACE, CT_SURFACES, SKIN_SURFACE, surface_of
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN, LUNG, MODEL_CT

BOUND = 2_000_000


def test_mesh_lies_in_millimetres_with_the_sides_around_it(hounsfield: Scan) -> None:
    kind = BONE_SURFACE.at(300)  # 10 mm from the middle
    mesh, letters = surface_figure(
        hounsfield.volume, kind, surface_of(hounsfield.volume, kind)
    ).data
    middle = hounsfield.volume.millimetres((15, 20, 25))
    for values, centre in zip((mesh.x, mesh.y, mesh.z), middle, strict=True):
        assert (values.min() + values.max()) / 2 == pytest.approx(centre, abs=1)
        assert np.ptp(values) / 2 == pytest.approx(10, abs=1)
    assert list(letters.text) == ["R", "L", "A", "P", "I", "S"]
    assert letters.x[0] < mesh.x.min() < mesh.x.max() < letters.x[1]
    assert letters.z[4] < mesh.z.min() < mesh.z.max() < letters.z[5]


def test_unknown_sides_are_questions(unitless: Scan) -> None:
    kind = kinds_of(unitless.volume)[0]
    figure = surface_figure(unitless.volume, kind, surface_of(unitless.volume, kind))
    assert set(figure.data[1].text) == {"?"}


def test_the_largest_surface_stays_under_two_megabytes() -> None:
    noise = np.random.default_rng(0).integers(-1000, 1000, (100, 140, 140)).astype(np.int16)
    volume = Volume(voxels=noise, affine=canonical_affine((1.0, 1.0, 1.0)), unit="HU")
    kind = BONE_SURFACE.__class__(name="All", level=0)
    figure = surface_figure(volume, kind, surface_of(volume, kind))
    assert 500_000 < len(figure.to_json()) < BOUND


def test_histogram_has_the_window_of_viewer_and_model(hounsfield: Scan) -> None:
    figure = histogram_figure(hounsfield.volume, window=LUNG, seen=MODEL_CT)
    (grey,) = figure.layout.shapes
    bars, *edges = figure.data
    assert (grey.name, grey.x0, grey.x1) == (WINDOW_SHAPE, LUNG.low, LUNG.high)
    assert [edge.x[0] for edge in edges] == [MODEL_CT.low, MODEL_CT.high]
    assert {"fat", "bone"} < {note.text for note in figure.layout.annotations}
    assert sum(bars.y) == pytest.approx(100, abs=0.5)
    assert len(figure.to_json()) < 30_000


def test_histogram_without_a_unit_names_no_tissue(unitless: Scan) -> None:
    figure = histogram_figure(unitless.volume, window=ABDOMEN)
    assert not figure.layout.annotations
    assert figure.layout.xaxis.title.text == "voxel value"


def test_figures_use_nothing_newer_than_the_page_knows(hounsfield: Scan) -> None:
    """And no template, which would repeat 7 kB of defaults in each."""
    figure = json.loads(histogram_figure(hounsfield.volume, window=LUNG).to_json())
    assert "template" not in figure["layout"] or not figure["layout"]["template"].get("layout")


def skipped(update: object) -> bool:
    return update == gr.skip()


def test_nothing_is_worked_out_while_the_folds_are_closed(
    plots: ScanPlots, hounsfield: Scan
) -> None:
    assert skipped(plots.show_surface(False, hounsfield, "Bone", 200)[plots.surface])
    assert skipped(plots.show_histogram(False, hounsfield, None)[plots.histogram])
    assert skipped(plots.show_surface(True, None, "Bone", 200)[plots.surface])


def test_open_folds_are_filled(
    plots: ScanPlots, scan: Scan, encoded: Encoded, shown_in: Callable[..., Any]
) -> None:
    """The window can be moved with the mouse; the model's can't, so it is no shape."""
    shown = plots.show_surface(True, scan, SKIN_SURFACE.name, SKIN_SURFACE.level)
    assert shown_in(shown[plots.surface]).data[0].type == "mesh3d"
    shown = shown_in(plots.show_histogram(True, scan, encoded)[plots.histogram])
    assert (len(shown.layout.shapes), len(shown.data)) == (1, 3)
    assert shown.config.edits.shapePosition
    other = Encoded("of another scan", encoded.features)
    shown = shown_in(plots.show_histogram(True, scan, other)[plots.histogram])
    assert len(shown.data) == 1


def test_level_that_nothing_crosses_is_said(plots: ScanPlots, hounsfield: Scan) -> None:
    shown = plots.show_surface(True, hounsfield, BONE_SURFACE.name, 1900)
    assert NO_SURFACE in shown[plots.surface_notice]
    assert shown[plots.surface] is None


def test_new_scan_offers_the_surfaces_that_it_has(
    plots: ScanPlots, hounsfield: Scan, unitless: Scan
) -> None:
    shown = plots.new_scan(hounsfield)
    assert [name for name, _ in shown[plots.kind].choices] == [k.name for k in CT_SURFACES]
    assert shown[plots.level].value == CT_SURFACES[0].level
    shown = plots.new_scan(unitless)
    assert shown[plots.kind].value == BRIGHT
    assert shown[plots.level].minimum < shown[plots.level].value < shown[plots.level].maximum
    assert plots.new_scan(None)[plots.surface] is None


def test_a_name_of_another_scan_is_the_first_kind(unitless: Scan) -> None:
    assert kind_named(unitless.volume, SKIN_SURFACE.name).name == BRIGHT


def test_kinds_have_their_levels(plots: ScanPlots, hounsfield: Scan) -> None:
    chosen = plots.choose_kind(SKIN_SURFACE.name, hounsfield)[plots.level]
    assert chosen.value == SKIN_SURFACE.level
    assert skipped(plots.choose_kind(SKIN_SURFACE.name, None)[plots.level])


def test_errors_are_told(plots: ScanPlots) -> None:
    assert "broken" in plots.say("broken")[plots.surface_notice]
