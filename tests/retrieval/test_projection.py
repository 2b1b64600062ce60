import numpy as np
import pytest

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.projection import principal_projection


def test_points_of_a_plane_keep_their_distances() -> None:
    generator = np.random.default_rng(0)
    axes = np.linalg.qr(generator.normal(size=(16, 2)))[0].T
    flat = generator.normal(size=(40, 2)) * (5, 1)
    vectors = flat @ axes + 3
    projection = principal_projection(vectors)
    places = projection.places(vectors)
    wanted = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    np.testing.assert_allclose(np.linalg.norm(places[:, None] - places[None], axis=2), wanted)
    assert sum(projection.shares) == pytest.approx(1)
    assert projection.shares[0] > projection.shares[1]
    np.testing.assert_allclose(projection.places(vectors[:1]), places[:1])


def test_the_map_does_not_turn_round() -> None:
    vectors = np.random.default_rng(1).normal(size=(30, 8))
    first = principal_projection(vectors)
    again = principal_projection(vectors[::-1])
    np.testing.assert_allclose(first.axes, again.axes, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2])
def test_few_or_equal_vectors_have_a_map(count: int) -> None:
    vectors = np.eye(4)[:count]
    places = principal_projection(vectors).places(vectors)
    assert places.shape == (count, 2)
    assert not principal_projection(np.ones((5, 4))).places(np.ones((5, 4))).any()


@pytest.mark.parametrize("shape", [(0, 4), (4,)])
def test_no_vectors_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LibraryError, match="map needs vectors"):
        principal_projection(np.zeros(shape))
