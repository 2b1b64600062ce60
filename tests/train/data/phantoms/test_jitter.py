import pytest
import torch
from torch import Tensor

from train.data.phantoms.jitter import Jitter, jittered


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def volume() -> Tensor:
    return torch.rand(3, 1, 6, 8, 10, generator=generator(9))


def test_the_same_generator_gives_the_same_volume(volume: Tensor) -> None:
    one, other = (jittered(volume, Jitter(), generator()) for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, jittered(volume, Jitter(), generator(1)))


def test_the_volume_that_went_in_is_left_alone(volume: Tensor) -> None:
    before = volume.clone()
    seen = jittered(volume, Jitter(contrast=0.5, noise=0.5), generator())
    assert torch.equal(volume, before)
    assert seen.shape == volume.shape
    assert seen.min() >= 0
    assert seen.max() <= 1


def test_no_strength_changes_nothing(volume: Tensor) -> None:
    assert torch.equal(jittered(volume, Jitter(contrast=0, noise=0, shift=0), generator()), volume)


def test_a_bright_spot_moves_a_little_and_never_changes_sides() -> None:
    volume = torch.zeros(1, 1, 16, 16, 16)
    volume[0, 0, 8, 8, 3] = 1
    for seed in range(40):
        seen = jittered(volume, Jitter(contrast=0, noise=0, shift=2), generator(seed))
        z, y, x = torch.nonzero(seen[0, 0])[0].tolist()
        assert max(abs(z - 8), abs(y - 8), abs(x - 3)) <= 2
