"""Each loss against a plain loop over its definition, and gradients that are numbers."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from train.loop.losses import (
    CELL_POSITIVE_WEIGHT,
    OPENING_WEIGHT,
    POSITIVE_WEIGHT,
    answer_loss,
    answer_weight,
    attribute_loss,
    cell_loss,
    finding_loss,
    sigmoid_loss,
    size_loss,
)


def softplus(x: float) -> float:
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


@pytest.fixture
def vectors() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    volumes, texts = (torch.randn(5, 8, generator=generator) for _ in range(2))
    return normalize(volumes, dim=1), normalize(texts, dim=1)


def plain_sigmoid_loss(
    volumes: Tensor, texts: Tensor, temperature: float, bias: float, positives: Tensor
) -> float:
    total = 0.0
    for i, volume in enumerate(volumes):
        for j, text in enumerate(texts):
            logit = math.exp(temperature) * float(volume @ text) + bias
            total += softplus(-logit if positives[i, j] else logit)
    return total / len(volumes)


@pytest.mark.parametrize("several", [False, True])
def test_the_sigmoid_loss_is_the_papers_double_loop(
    vectors: tuple[Tensor, Tensor], several: bool
) -> None:
    positives = torch.eye(5, dtype=torch.bool)
    if several:
        positives[0, 3] = positives[4, 1] = True
    loss = sigmoid_loss(
        *vectors, torch.tensor(1.5), torch.tensor(-2.0), positives if several else None
    )
    assert float(loss) == pytest.approx(plain_sigmoid_loss(*vectors, 1.5, -2.0, positives))


def test_the_sigmoid_loss_takes_more_texts_than_volumes(vectors: tuple[Tensor, Tensor]) -> None:
    volumes, texts = vectors[0][:3], vectors[1]
    positives = torch.eye(3, 5, dtype=torch.bool)
    loss = sigmoid_loss(volumes, texts, torch.tensor(0.5), torch.tensor(-1.0))
    assert float(loss) == pytest.approx(plain_sigmoid_loss(volumes, texts, 0.5, -1.0, positives))


def test_a_true_pair_that_counts_as_false_would_cost(vectors: tuple[Tensor, Tensor]) -> None:
    volumes = vectors[0].clone()
    volumes[1] = volumes[0]
    same = torch.eye(5, dtype=torch.bool)
    same[0, 1] = same[1, 0] = True
    scale, bias = torch.tensor(3.0), torch.tensor(-5.0)
    assert sigmoid_loss(volumes, volumes, scale, bias, same) < sigmoid_loss(
        volumes, volumes, scale, bias
    )


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 9])
def test_the_chunked_sigmoid_loss_is_the_whole_one(
    vectors: tuple[Tensor, Tensor], chunk: int
) -> None:
    positives = torch.eye(5, dtype=torch.bool)
    positives[2, 0] = True
    results = []
    for size in (0, chunk):
        given = [
            x.clone().requires_grad_() for x in (*vectors, torch.tensor(1.5), torch.tensor(-2.0))
        ]
        loss = sigmoid_loss(*given, positives, chunk=size)
        loss.backward()
        results.append([loss.detach(), *(x.grad for x in given)])
    for plain, chunked in zip(*results, strict=True):
        torch.testing.assert_close(chunked, plain)


def test_parts_of_the_volumes_average_to_the_loss_of_all(vectors: tuple[Tensor, Tensor]) -> None:
    """What two processes compute: each its own volumes against all texts."""
    volumes, texts = vectors[0][:4], vectors[1][:4]
    scale, bias = torch.tensor(1.5), torch.tensor(-2.0)
    true = torch.eye(4, dtype=torch.bool)
    parts = [
        sigmoid_loss(volumes[rows], texts, scale, bias, true[rows])
        for rows in (slice(0, 2), slice(2, 4))
    ]
    whole = sigmoid_loss(volumes, texts, scale, bias)
    torch.testing.assert_close(torch.stack(parts).mean(), whole)


def test_pieces_of_answers_add_up_by_their_weight() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 6, 7, generator=generator)
    labels = torch.randint(0, 7, (3, 6), generator=generator)
    labels[0, :4] = labels[1, :2] = labels[2, :5] = -100
    for opening in (1.0, OPENING_WEIGHT):
        whole = answer_loss(logits, labels, opening=opening)
        weights = [answer_weight(labels[i : i + 1], opening=opening) for i in range(3)]
        losses = [
            float(answer_loss(logits[i : i + 1], labels[i : i + 1], opening=opening))
            for i in range(3)
        ]
        total = sum(w * x for w, x in zip(weights, losses, strict=True)) / sum(weights)
        assert total == pytest.approx(float(whole))
    assert answer_weight(labels, opening=1.0) == 2 + 4 + 1


def test_gradients_stay_finite_at_extreme_logits(vectors: tuple[Tensor, Tensor]) -> None:
    volumes, texts = (x.clone().requires_grad_() for x in vectors)
    scale = torch.tensor(6.0, requires_grad=True)
    bias = torch.tensor(-300.0, requires_grad=True)
    loss = sigmoid_loss(volumes, texts, scale, bias)
    loss.backward()
    assert loss.isfinite()
    for leaf in (volumes, texts, scale, bias):
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()


def test_attributes_that_cannot_be_seen_cost_nothing() -> None:
    logits = [torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.zeros(2, 3)]
    classes = torch.tensor([[0, -100], [-100, -100]])
    assert float(attribute_loss(logits, classes)) == pytest.approx(softplus(-2.0))


def test_a_missed_finding_costs_more_than_a_false_one() -> None:
    logits = torch.tensor([[-2.0, 1.0], [0.5, -1.0]])
    present = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    expected = POSITIVE_WEIGHT * (softplus(2.0) + softplus(-0.5)) + softplus(1.0) + softplus(-1.0)
    assert float(finding_loss(logits, present)) == pytest.approx(expected / 2)


def test_coarse_maps_are_compared_with_the_maximum_of_their_cells() -> None:
    fine = torch.zeros(1, 2, 3, 2, 2)
    fine[0, 0, 2, 1, 1] = 1
    coarse = torch.zeros(1, 2, 2, 1, 1)
    coarse[0, 0, 1] = 1
    logits = torch.randn(1, 2, 2, 1, 1, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(cell_loss(logits, fine), cell_loss(logits, coarse))
    mean = sum(
        CELL_POSITIVE_WEIGHT * softplus(-x) if y else softplus(x)
        for x, y in zip(logits.flatten().tolist(), coarse.flatten().tolist(), strict=True)
    ) / logits.numel()  # fmt: skip
    assert float(cell_loss(logits, fine)) == pytest.approx(2 * mean)


def test_sizes_count_where_a_kind_is_present() -> None:
    predicted = torch.tensor([[0.5, 0.9], [0.2, 0.2]], requires_grad=True)
    sizes = torch.tensor([[0.45, math.nan], [math.nan, 0.7]])
    loss = size_loss(predicted, sizes)
    assert loss.item() == pytest.approx((0.5 * 0.05**2 / 0.1 + (0.5 - 0.05)) / 2)
    loss.backward()
    assert predicted.grad is not None
    assert torch.equal(predicted.grad != 0, ~sizes.isnan())


def test_no_size_at_all_gives_a_zero_that_can_be_learned_from() -> None:
    predicted = torch.ones(2, 2, requires_grad=True)
    loss = size_loss(predicted, torch.full((2, 2), math.nan))
    loss.backward()
    assert loss.item() == 0
    assert predicted.grad is not None


def test_the_first_token_of_each_answer_weighs_more() -> None:
    logits = torch.randn(2, 6, 7, generator=torch.Generator().manual_seed(1), requires_grad=True)
    labels = torch.tensor([[-100, -100, 3, 4, -100, 5], [-100, 1, -100, -100, -100, -100]])
    opening = {(0, 2), (0, 5), (1, 1)}
    expected = total = 0.0
    for row, place in [(0, 2), (0, 3), (0, 5), (1, 1)]:
        weight = OPENING_WEIGHT if (row, place) in opening else 1.0
        scores = logits[row, place - 1].log_softmax(dim=0)
        expected -= weight * float(scores[labels[row, place]].detach())
        total += weight
    loss = answer_loss(logits, labels)
    assert float(loss.detach()) == pytest.approx(expected / total, rel=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert bool(logits.grad.isfinite().all())
