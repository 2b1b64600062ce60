"""Whatever happens to a file on its way, opening it gives a volume or a `VolumeError`.

A bounded number of cases of `tests/volumes/fuzzing.py`; `make fuzz` goes on for longer.
"""

from pathlib import Path

import pytest

from tests.volumes.conftest import make_phantom
from tests.volumes.fuzzing import attempt, seeds, soak

CASES = 60
KINDS = (
    "scan.nii", "scan.nii.gz", "slice.dcm", "bare.dcm", "rle.dcm", "j2k.dcm",
    "series.zip", "nested.zip", "scan.nrrd", "packed.nrrd", "text.nrrd",
    "scan.mha", "packed.mha", "text.mha",
)  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return seeds(make_phantom(), tmp_path_factory.mktemp("sound"))


def test_every_kind_is_damaged(sound) -> None:
    assert set(sound) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_never_escapes_as_another_error(kind, sound, tmp_path) -> None:
    data = sound[kind].read_bytes()
    survivors = sum(attempt(kind, data, seed, tmp_path) for seed in range(CASES))
    assert survivors < CASES
    assert survivors or kind.endswith(".zip"), "an archive's checksums miss nothing"


def test_the_soak_counts_its_cases() -> None:
    said: list[str] = []
    assert soak(0.001, 0, said.append) >= len(KINDS)
    assert said[-1].endswith("no failure")
