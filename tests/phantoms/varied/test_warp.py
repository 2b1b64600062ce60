import numpy as np
import pytest

from med3dvlm.phantoms.canvas import Box, Canvas
from med3dvlm.phantoms.varied.warp import Warp, bend, draw_warp, moved_box

MARGIN = (2, 3, 3)
SHAPE = (24, 46, 46)
SPACING = (8.0, 4.0, 4.0)


def canvas() -> Canvas:
    return Canvas(SHAPE, SPACING, (0.0, -90.0, -90.0))


def warp(strength: float = 8.0, roll: float = 0.1) -> Warp:
    rng = np.random.default_rng(5)
    return draw_warp(rng, center=(90, 0, 0), tilt=(0.05, 0.0, roll), strength_mm=strength)


def test_target_is_the_way_back_of_source() -> None:
    points = np.random.default_rng(0).uniform(-60, 60, (50, 3))
    assert warp().target(warp().source(points)) == pytest.approx(points, abs=0.05)


def test_no_strength_and_no_tilt_leave_the_volume_as_it_is() -> None:
    painted = canvas()
    painted.hu = np.random.default_rng(1).normal(0, 100, SHAPE).astype(np.float32)
    still = draw_warp(np.random.default_rng(0), center=(0, 0, 0), tilt=(0, 0, 0), strength_mm=0.0)
    bent = bend(still, painted.hu, (painted.z, painted.y, painted.x), MARGIN)
    assert np.allclose(bent, painted.hu[2:-2, 3:-3, 3:-3], atol=1e-3)


def test_a_ball_lies_where_its_moved_box_says() -> None:
    painted = canvas()
    box = painted.blob((30, -20, 100), (18, 18, 24), 500)
    axes = (painted.z, painted.y, painted.x)
    bent = bend(warp(), painted.hu, axes, MARGIN)
    found = moved_box(warp(), box, axes, MARGIN)
    bright = np.argwhere(bent > 0)
    for axis in range(3):
        assert abs(bright[:, axis].min() - found[axis].start) <= 2
        assert abs(bright[:, axis].max() + 1 - found[axis].stop) <= 2
    assert found != Box(*(slice(s.start - m, s.stop - m) for s, m in zip(box, MARGIN, strict=True)))


def test_a_box_that_leaves_the_scan_is_empty() -> None:
    painted = canvas()
    axes = (painted.z, painted.y, painted.x)
    edge = Box(slice(0, 1), slice(0, 2), slice(0, 2))
    assert moved_box(warp(0.0, 0.0), edge, axes, MARGIN).empty
