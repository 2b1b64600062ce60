"""The dry run: counts that are known, and what must grow with what."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from med3dvlm.errors import TrainingError
from med3dvlm.model.dcformer_config import nano, small
from train.plan.counting import multiply_adds, saved_bytes
from train.plan.plan import Machine, plan, rows_of
from train.recipes.m3d import released_alignment, released_contrastive, released_instruction
from train.stages.settings import with_settings


def test_operations_of_the_published_encoder() -> None:
    assert multiply_adds(small(), (128, 256, 256)) == pytest.approx(21.36e9, rel=1e-3)
    assert multiply_adds(nano(), (64, 128, 128)) < 1e9


def test_what_is_saved_is_counted_once_and_without_weights() -> None:
    with torch.device("meta"):
        layer = nn.Linear(8, 8, bias=False)
        x = torch.zeros(5, 8, requires_grad=True)
    assert saved_bytes(lambda: layer(x), layer) == 5 * 8 * 4
    assert saved_bytes(lambda: layer(x) + layer(x), layer) == 5 * 8 * 4
    assert saved_bytes(lambda: layer(layer(x)), layer) == 2 * 5 * 8 * 4


def test_memory_follows_the_way_of_sharing() -> None:
    study = released_instruction()
    found = {
        sharing: plan(study, Machine(gpus=8, sharing=sharing), rows=1000).memory
        for sharing in ("ddp", "zero2", "fsdp")
    }
    ddp, zero2, fsdp = found["ddp"], found["zero2"], found["fsdp"]
    assert zero2["gradients"] == pytest.approx(ddp["gradients"] / 8)
    assert fsdp["weights"] == pytest.approx(ddp["weights"] / 8)
    assert ddp["activations"] == zero2["activations"] == fsdp["activations"]
    # 6.5 billion frozen weights in 16 bits, 1.2 billion that learn in 32.
    assert ddp["weights"] == pytest.approx(16.6, abs=0.2)
    assert ddp["optimiser"] == pytest.approx(2 * ddp["gradients"])


def test_steps_and_hours_follow_rows_and_gpus() -> None:
    study = released_alignment()
    one = plan(study, Machine(gpus=8), rows=128_000)
    assert one.steps == 3000
    assert plan(study, Machine(gpus=16), rows=128_000).hours == pytest.approx(one.hours / 2)
    assert plan(study, Machine(gpus=8), rows=256_000).hours == pytest.approx(one.hours * 2)
    assert "3,000 steps of 128 rows" in one.text
    assert "assumed: 35% of 312 TFLOP/s" in one.text


def test_chunks_and_pieces_make_it_fit() -> None:
    whole = replace(released_contrastive(), chunk=0)
    alone = Machine(gpus=1)
    assert not plan(whole, alone, rows=1000).fits
    assert "does NOT fit" in plan(whole, alone, rows=1000).text
    assert plan(released_contrastive(), alone, rows=1000).fits
    pieces = with_settings(released_alignment(), ["schedule.accumulate=16"])
    assert not plan(released_alignment(), alone, rows=1000).fits
    assert plan(pieces, alone, rows=1000).fits


def test_rows_are_counted_in_ready_data(ready_sample: Path) -> None:
    assert rows_of(released_contrastive(), ready_sample) == 18
    two = rows_of(released_alignment(), ready_sample)
    assert rows_of(released_instruction(), ready_sample) > two > 18
    with pytest.raises(TrainingError, match="--rows"):
        rows_of(released_contrastive(), None)


def test_impossible_machines_are_refused() -> None:
    with pytest.raises(TrainingError, match="unknown GPU"):
        Machine(gpus=1, gpu="abacus")
    with pytest.raises(TrainingError, match="one GPU or more"):
        Machine(gpus=0)
    with pytest.raises(TrainingError, match="can't be cut"):
        plan(released_alignment(), Machine(gpus=7), rows=1000)
