import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import (
    ABDOMEN,
    CT_PRESETS,
    MODEL_CT,
    Window,
    auto_window,
    model_window,
)


def volume(values: np.ndarray, unit="arbitrary") -> Volume:
    return Volume(voxels=values.reshape(1, 1, -1), affine=np.eye(4), unit=unit)


def test_a_window_maps_its_ends_to_black_and_white() -> None:
    assert (ABDOMEN.low, ABDOMEN.high) == (-160, 240)
    shown = ABDOMEN.apply(np.array([-1000, -160, 40, 240, 3000], np.int16))
    assert shown.dtype == np.float32
    assert shown.tolist() == [0, 0, 0.5, 1, 1]


def test_presets_have_names() -> None:
    assert len({preset.name for preset in CT_PRESETS}) == len(CT_PRESETS) == 8


@pytest.mark.parametrize(("center", "width"), [(0, 0), (0, -1), (np.nan, 1), (0, np.inf)])
def test_impossible_windows_are_refused(center, width) -> None:
    with pytest.raises(ConfigError, match="finite center"):
        Window(center=center, width=width)


def test_the_automatic_window_leaves_out_the_background() -> None:
    values = np.concatenate([np.zeros(1000), np.linspace(100, 200, 1001)]).astype(np.float32)
    window = auto_window(volume(values))
    assert window.low == pytest.approx(101, abs=0.01)
    assert window.high == pytest.approx(199, abs=0.01)


def test_an_even_volume_has_a_window_too() -> None:
    assert auto_window(volume(np.full(9, 7, np.int16))).center == 7
    two = auto_window(volume(np.array([0, 5, 5], np.int16)))
    assert (two.low, two.high) == (0, 5), "a mask is white on black"


def test_the_model_sees_hu_by_its_own_window_and_others_whole() -> None:
    values = np.array([10, 30], np.int16)
    assert model_window(volume(values, "HU")) is MODEL_CT
    window = model_window(volume(values))
    assert (window.low, window.high) == (10, 30)
