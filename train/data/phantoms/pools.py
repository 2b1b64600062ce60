"""Pools of similar phantoms: same region, plane and phase, so that only findings differ."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.facts import Facts


def pools_of(facts: Sequence[Facts]) -> list[NDArray[np.int64]]:
    """Rows grouped by region, plane and phase."""
    pools = defaultdict(list)
    for row, case in enumerate(facts):
        acquisition = case.acquisition
        pools[acquisition.region, acquisition.plane, acquisition.phase].append(row)
    return [np.array(rows) for rows in pools.values()]


def from_pools(
    pools: Sequence[NDArray[np.int64]], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """About `count` rows from as few pools as possible."""
    rows: list[NDArray[np.int64]] = []
    for index in rng.permutation(len(pools)):
        rows.append(rng.permutation(pools[index]))
        if sum(map(len, rows)) >= count:
            break
    return np.concatenate(rows)[:count]
