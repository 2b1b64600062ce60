"""Hit rates of maps whose worth is known: one that sees, one that guesses, one that is noise."""

import numpy as np
import pytest

from med3dvlm.explain.trust.localisation import Located, follows, hit, hit_rates, prior_of

GRID = (2, 3, 4)


def grid(*cells: int) -> np.ndarray:
    """A grid whose given cells are high, the first highest."""
    values = np.zeros(24, np.float32)
    values[list(cells)] = np.arange(len(cells), 0, -1)
    return values.reshape(GRID)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=GRID).astype(np.float32)


def located(seed: int, kind: str, place: int, *, sees: bool) -> Located:
    values = noise(seed) + (20 * grid(place) if sees else 20 * grid(7))
    return Located(
        kind=kind, values=values, truth=grid(place), shuffled=noise(seed + 1000),
        randomised=noise(seed + 2000),
    )  # fmt: skip


def test_a_hit_is_among_the_highest() -> None:
    assert hit(grid(5, 6, 7, 8), grid(7), top=3) == 1
    assert hit(grid(5, 6, 7, 8), grid(8), top=3) == 0
    assert hit(grid(5, 6, 7, 8), grid(5), top=1) == 1


def test_equal_cells_are_a_matter_of_chance() -> None:
    assert hit(np.zeros(GRID, np.float32), grid(3), top=3) == pytest.approx(3 / 24)
    assert hit(grid(5), grid(3), top=3) == pytest.approx(2 / 23)


def test_a_prior_is_the_mean_of_the_others_of_a_kind() -> None:
    cases = [located(n, kind, n, sees=True) for n, kind in enumerate("aabba")]
    wanted = (cases[1].values + cases[4].values) / 2
    np.testing.assert_allclose(prior_of(cases, 0), wanted, rtol=1e-6)
    assert not prior_of(cases[:1], 0).any()


def test_a_map_that_sees_beats_its_prior_and_everything_else() -> None:
    cases = [located(n, "nodule", n % 24, sees=True) for n in range(96)]
    rates = hit_rates(cases, top=3, rng=np.random.default_rng(0))
    assert rates.map.value == 1
    assert rates.prior.value < 0.3
    assert rates.margin.low > 0.5
    for other in (rates.shuffled, rates.randomised):
        assert other.low < rates.chance < other.high
    assert (rates.cells, rates.cases, rates.chance) == (24, 96, 0.125)


def test_a_map_that_only_knows_the_usual_place_does_not_beat_its_prior() -> None:
    """All findings lie in one cell: the map hits, and so does the mean of the others."""
    cases = [located(n, "nodule", 7, sees=False) for n in range(40)]
    rates = hit_rates(cases, top=3, rng=np.random.default_rng(0))
    assert rates.map.value == rates.prior.value == 1
    assert rates.margin.value == rates.margin.high == 0


def test_a_map_follows_a_lesion_or_stays() -> None:
    assert follows((grid(2), grid(2)), (grid(9), grid(9))) == 1
    assert follows((grid(7), grid(2)), (grid(7), grid(9))) == 0.5
    assert follows((grid(9), grid(2)), (grid(2), grid(9))) == 0
    assert follows((grid(2), grid(2)), (grid(9), grid(2))) is None
