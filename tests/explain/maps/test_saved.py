"""A map on the scan's grid has each cell's number where the cell lies."""

import numpy as np

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.saved import (
    cell_rows,
    colour_rows,
    colours_over_voxels,
    over_voxels,
)
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume, canonical_affine

SCAN = Volume(
    voxels=np.zeros((4, 6, 8), np.int16), affine=canonical_affine((3, 2, 1), (10, 20, 30)),
    unit="HU", notes=("From a file.",),
)  # fmt: skip


def shown(start: tuple[int, int, int], stop: tuple[int, int, int]) -> Map:
    values = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2)
    mapping = GridMap(start=start, stop=stop, grid=(2, 2, 2))
    return Map(values=values, mapping=mapping, legend="likeness", means="M.", means_not="N.")


def test_each_voxel_has_the_number_of_its_cell() -> None:
    over = over_voxels(shown((0, 0, 0), (4, 6, 8)), SCAN)
    for place, value in {
        (0, 0, 0): 1,
        (1, 2, 3): 1,
        (2, 2, 3): 5,
        (3, 5, 7): 8,
        (0, 3, 3): 3,
    }.items():
        assert over.voxels[place] == value
    assert over.unit == "arbitrary"
    assert over.notes == ("A map, not a scan: likeness.", "M.", "N.")
    np.testing.assert_array_equal(over.affine, SCAN.affine)
    assert SCAN.voxels.max() == 0


def test_outside_the_cells_there_is_nothing() -> None:
    over = over_voxels(shown((-1, 2, 2), (3, 6, 6)), SCAN).voxels
    assert not over[3].any()
    assert not over[:, :2].any()
    assert not over[:, :, [0, 1, 6, 7]].any()
    assert (over[:3, 2:, 2:6] > 0).all()


def test_rows_are_the_cells_from_the_highest_on() -> None:
    first, *_, last = cell_rows(shown((0, 0, 0), (4, 6, 8)), SCAN)
    assert (first["value"], last["value"]) == (8, 1)
    assert (first["z"], first["y"], first["x"]) == (1, 1, 1)
    # The middle of voxels 4 to 7, 3 to 5 and 2 to 3.
    middle = SCAN.millimetres((2.5, 4, 5.5))
    assert (first["left_mm"], first["posterior_mm"], first["superior_mm"]) == middle


def test_colours_lie_where_their_cells_lie() -> None:
    colours = np.linspace(0, 1, 24, dtype=np.float32).reshape(8, 3)
    mapping = GridMap(start=(-1, 2, 2), stop=(3, 6, 6), grid=(2, 2, 2))
    painted = colours_over_voxels(colours, mapping, SCAN.shape)
    assert painted.shape == (4, 6, 8, 3)
    assert not painted[3].any(), "outside the cells there is nothing"
    assert tuple(painted[2, 5, 5]) == tuple(np.rint(255 * colours[7]).astype(int))
    rows = colour_rows(colours, mapping, SCAN)
    assert len(rows) == 8
    assert rows[7]["blue"] == 1
    assert (rows[7]["z"], rows[7]["y"], rows[7]["x"]) == (1, 1, 1)
    place = rows[7]["left_mm"], rows[7]["posterior_mm"], rows[7]["superior_mm"]
    assert place == SCAN.millimetres((1.5, 4.5, 4.5))
