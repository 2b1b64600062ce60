"""Grouped normalisation against plain BatchNorm, and its independence of the cut."""

import copy

import pytest
import torch
from torch import Tensor, nn

from med3dvlm.errors import TrainingError
from train.loop.normalisation import group_normalisation, not_collecting, settle


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.Sequential(nn.BatchNorm3d(4))
    )


def rows(count: int) -> Tensor:
    return torch.randn(count, 1, 5, 5, 5, generator=torch.Generator().manual_seed(1))


def test_one_group_is_plain_batch_norm() -> None:
    plain, grouped = net(), net()
    group_normalisation(grouped, 6)
    assert list(grouped.state_dict()) == list(plain.state_dict())
    torch.testing.assert_close(grouped(rows(6)), plain(rows(6)))
    settle(grouped)
    for name, tensor in plain.state_dict().items():
        torch.testing.assert_close(grouped.state_dict()[name], tensor, msg=name)
    torch.testing.assert_close(grouped.eval()(rows(6)), plain.eval()(rows(6)))


def test_the_cut_of_a_batch_changes_nothing() -> None:
    whole, cut = net(), net()
    for model in (whole, cut):
        group_normalisation(model, 2)
    expected = whole(rows(8))
    settle(whole)
    found = torch.cat([cut(part) for part in torch.split(rows(8), 4)])
    settle(cut)
    torch.testing.assert_close(found, expected)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(cut.state_dict()[name], tensor, msg=name)


def test_statistics_of_processes_average_to_those_of_the_whole() -> None:
    """Which is why they may be averaged now and then instead of at every step."""
    whole = net()
    group_normalisation(whole, 2)
    parts = [copy.deepcopy(whole), copy.deepcopy(whole)]
    for step in range(3):
        batch = rows(8) + step
        whole(batch)
        settle(whole)
        for model, part in zip(parts, torch.split(batch, 4), strict=True):
            model(part)
            settle(model)
    means = [model[1].running_var for model in parts]
    torch.testing.assert_close(torch.stack(means).mean(dim=0), whole[1].running_var)


def test_a_repeated_pass_is_not_counted_twice() -> None:
    once, twice = net(), net()
    for model in (once, twice):
        group_normalisation(model, 2)
        model(rows(4))
    with not_collecting(twice):
        twice(rows(4))
    settle(once)
    settle(twice)
    assert torch.equal(once[1].running_mean, twice[1].running_mean)


def test_a_torn_group_is_refused() -> None:
    model = net()
    group_normalisation(model, 4)
    with pytest.raises(TrainingError, match=r"6 rows .* not a multiple of the 4"):
        model(rows(6))
