import gc

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.memory import MEBI, Budget, budget_bytes


def test_scans_count_as_long_as_they_live() -> None:
    budget = Budget(2_000)
    first = np.zeros(1_500, np.uint8)
    budget.hold(first)
    budget.hold(first)
    assert budget.held == 1_500
    with pytest.raises(VolumeError, match="all memory"):
        budget.hold(np.zeros(600, np.uint8))
    del first
    gc.collect()
    assert budget.held == 0
    budget.hold(np.zeros(600, np.uint8))


def test_the_setting_counts_and_zero_takes_half_of_what_is_free() -> None:
    assert budget_bytes(3) == 3 * MEBI
    assert 0 < budget_bytes(0) < 2**45
