"""Likeness and colours of cells whose groups are known."""

import numpy as np
import pytest

from med3dvlm.explain.maps.similarity import principal_colours, similar_cells


def grouped() -> np.ndarray:
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(3, 16)) * 5
    return (middles[[0, 0, 1, 1, 2, 2]] + 0.1 * rng.normal(size=(6, 16))).astype(np.float32)


def test_cells_of_one_group_are_alike() -> None:
    likeness = similar_cells(grouped(), 2)
    assert likeness[2] == pytest.approx(1)
    assert set(np.argsort(-likeness)[:2]) == {2, 3}


def test_an_empty_cell_is_like_nothing() -> None:
    cells = grouped()
    cells[4] = 0
    assert not similar_cells(cells, 4).any()


def test_a_group_has_one_colour_and_each_group_another() -> None:
    colours = principal_colours(grouped())
    assert colours.min() == 0
    assert colours.max() == 1
    # The third direction is noise here: two colours tell three groups apart.
    apart = np.linalg.norm(colours[:, None, :2] - colours[None, :, :2], axis=-1)
    same = np.kron(np.eye(3), np.ones((2, 2))).astype(bool)
    assert apart[same].max() < apart[~same].min() / 5


def test_colours_are_the_same_every_time_and_grey_where_nothing_varies() -> None:
    cells = grouped()
    np.testing.assert_array_equal(principal_colours(cells), principal_colours(cells.copy()))
    assert (principal_colours(np.ones((4, 8), np.float32)) == 0.5).all()
    assert principal_colours(cells[:2]).shape == (2, 3)
    np.testing.assert_allclose(principal_colours(cells[:, :1])[:, 1:], 0.5)
