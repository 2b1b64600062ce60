import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.limits import Limits


def test_limits_are_at_least_one() -> None:
    with pytest.raises(ConfigError, match="voxels"):
        Limits(voxels=0)
