"""Nothing that a change didn't mean to move moves the losses of any stage of either source."""

import json
from pathlib import Path

import pytest

from tests.train.recipes.m3d_stages import KilledError
from tests.train.recorded_losses import (
    RUNS,
    STORED,
    Record,
    differences,
    first_difference,
    one_thread,
    record,
    run_phantom,
)

# Other CPUs add up in another order: AVX2 instead of AVX-512 moved values by up to 2e-4.
TOLERANCE = 1e-3
pytestmark = [pytest.mark.apart, pytest.mark.filterwarnings("ignore:.*gradient_checkpointing")]


def stored(source: str) -> dict[str, Record]:
    records: dict[str, Record] = json.loads(STORED.read_text())[source]
    return records


@pytest.mark.slow
@pytest.mark.parametrize("source", RUNS)
def test_every_stage_has_the_losses_that_it_had(source: str, tmp_path: Path) -> None:
    with one_thread():
        folders = RUNS[source](tmp_path)
    found = {stage: record(folder) for stage, folder in folders.items()}
    assert (first := first_difference(stored(source), found, TOLERANCE)) is None, str(first)


@pytest.mark.slow
def test_a_stage_that_was_stopped_goes_on_with_the_same_losses(tmp_path: Path) -> None:
    with one_thread():
        with pytest.raises(KilledError):
            run_phantom(tmp_path, ["language"], dies_at=13)
        folders = run_phantom(tmp_path, ["language"])
    found = record(folders["language"])
    assert [line["step"] for line in found["log"] if "loss" in line] == [*range(13), *range(10, 20)]
    expected = {"language": stored("phantom")["language"]}
    assert (first := first_difference(expected, {"language": found}, TOLERANCE)) is None, str(first)


def test_a_moved_loss_is_named() -> None:
    records = stored("m3d")
    assert first_difference(records, stored("m3d"), 0.0) is None
    records["alignment"]["log"][3]["loss"] *= 1.01
    del records["instruction"]["weights"]["learned.safetensors"]
    first = first_difference(records, stored("m3d"), TOLERANCE)
    assert first is not None
    assert first.place == "alignment, step 3, loss"
    assert first.relative == pytest.approx(0.01, rel=0.02)
    apart = differences(records, stored("m3d"))["instruction"]
    missing = [each.place for each in apart if each.stored is None]
    assert missing == [
        f"instruction, {name} of learned.safetensors" for name in ("count", "sum", "squares")
    ]
