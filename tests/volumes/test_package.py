"""What the package offers is loaded when it is asked for."""

import pytest

from med3dvlm import volumes
from med3dvlm.volumes import reader


def test_reading_is_loaded_when_it_is_asked_for() -> None:
    assert volumes.open_volume is reader.open_volume
    with pytest.raises(AttributeError, match="no attribute 'close_volume'"):
        volumes.__getattr__("close_volume")
