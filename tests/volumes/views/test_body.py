"""The box of the body, in a room of air with a table."""

import numpy as np
import pytest

from med3dvlm.volumes.views.body import body_box, sample
from med3dvlm.volumes.volume import Volume, canonical_affine

SPACING = (3.0, 2.0, 2.0)
SHAPE = (61, 180, 200)
BLOCK = np.array((3, 4, 4))  # voxels of SPACING in a block
START, STOP = np.array((12, 60, 40)), np.array((48, 120, 152))


def box_of(voxels: np.ndarray, unit: str = "HU") -> tuple[np.ndarray, np.ndarray]:
    volume = Volume(voxels=voxels, affine=canonical_affine(SPACING), unit=unit)
    start, stop = body_box(sample(volume), volume)
    return np.array(start), np.array(stop)


def patient(air: float = -1000, body: float = 40) -> np.ndarray:
    voxels = np.full(SHAPE, air, np.float32)
    voxels[tuple(map(slice, START, STOP))] = body
    return voxels


def check_around_the_patient(start: np.ndarray, stop: np.ndarray) -> None:
    """Nothing of the patient is cut, and hardly more than a block is added on each side."""
    assert (start <= START).all()
    assert (stop >= STOP).all()
    assert (start >= START - 2 * BLOCK).all()
    assert (stop <= STOP + 2 * BLOCK).all()


def test_box_is_around_the_body_and_not_the_table() -> None:
    voxels = patient()
    voxels[:, 165:167] = -100
    check_around_the_patient(*box_of(voxels))


def test_without_units_the_body_is_what_is_bright() -> None:
    noise = np.random.default_rng(0).normal(0, 8, SHAPE).astype(np.float32)
    check_around_the_patient(*box_of(patient(air=20, body=900) + noise, unit="arbitrary"))


def test_a_body_that_fills_the_scan_is_not_cut_at_incomplete_blocks() -> None:
    start, stop = box_of(np.full(SHAPE, 40, np.int16))
    assert start.tolist() == [0, 0, 0]
    assert stop.tolist() == list(SHAPE)


@pytest.mark.parametrize("fill", [-1000, np.nan, np.inf])
def test_where_there_is_no_body_it_is_the_whole_scan(fill: float) -> None:
    voxels = np.full(SHAPE, fill, np.float32)
    voxels[30:32, 90:92, 90:92] = 2000
    start, stop = box_of(voxels)
    assert start.tolist() == [0, 0, 0]
    assert stop.tolist() == list(SHAPE)
