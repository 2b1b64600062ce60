from pathlib import Path

import numpy as np
import pytest

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.saved import over_voxels
from med3dvlm.ui.components.viewer import DIVERGING, HEAT
from med3dvlm.ui.explain.map_files import draw_map, overlay_of, strongest, write_map
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.reader import open_volume
from med3dvlm.volumes.window import ABDOMEN
from tests.ui.conftest import TINY
from tests.ui.explain.conftest import a_map


def beyond() -> Map:
    """A map of two cells along z, the first of which begins before the scan."""
    return Map(
        values=np.array([[[3.0]], [[1.0]]], np.float32),
        mapping=GridMap(start=(-8, 0, 0), stop=(8, 32, 16), grid=(2, 1, 1)),
        legend="", means="", means_not="",
    )  # fmt: skip


def test_the_strongest_place_is_within_the_scan() -> None:
    assert strongest(a_map(), TINY) == (11.5, 23.5, 23.5)
    assert strongest(beyond(), TINY) == (0, 15.5, 7.5)


def test_colours_go_both_ways_only_for_signed_maps() -> None:
    assert overlay_of(a_map()).colours is DIVERGING
    assert overlay_of(a_map()).ends == ("against", "for")
    assert overlay_of(a_map(signed=False)).colours is HEAT


def test_the_file_lies_on_the_scans_own_grid(scan: Scan, tmp_path: Path) -> None:
    nifti, png, table = write_map(a_map(), scan.volume, ABDOMEN, tmp_path)
    again = open_volume(nifti)
    assert np.array_equal(again.voxels, over_voxels(a_map(), scan.volume).voxels)
    assert again.affine == pytest.approx(scan.volume.affine, abs=1e-3)
    assert png.read_bytes().startswith(b"\x89PNG")
    assert len(table.read_text().splitlines()) == 1 + a_map().values.size


def test_the_picture_is_coloured_where_the_map_is(scan: Scan) -> None:
    picture = np.asarray(draw_map(beyond(), scan.volume, ABDOMEN)).astype(int)
    coloured = np.ptp(picture, axis=2) > 3
    edge = 16 * picture.shape[1] // scan.volume.shape[2]
    assert coloured[:, : edge - 20].any()
    assert not coloured[:, edge + 40 :].any(), "to the right there is no map"
