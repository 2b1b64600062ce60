"""Whatever happens to a file on its way, opening it gives a volume or a `VolumeError`.

A bounded number of cases of `tests/volumes/fuzzing.py`; `make fuzz` goes on for longer.
"""

from pathlib import Path

import pytest

from med3dvlm.phantoms.case import make_case
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


def test_pixels_that_turn_out_to_be_of_an_unknown_kind_are_refused(tmp_path) -> None:
    """The header can be read; the pixels, once they are all there, belong to no known syntax."""
    made = seeds(make_case(1, shape=(12, 20, 16)).volume, tmp_path)
    assert not attempt("rle.dcm", made["rle.dcm"].read_bytes(), 39, tmp_path)


def test_the_soak_counts_its_cases() -> None:
    said: list[str] = []
    assert soak(0.001, 0, said.append) >= len(KINDS)
    assert said[-1].endswith("no failure")
