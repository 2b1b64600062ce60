"""Own words stand beside others' words, phantoms beside real scans."""

import json
from pathlib import Path

import pytest

from med3dvlm.config import DEFAULT_MODEL
from train.evaluation.overview import overview, read_all, rows
from train.evaluation.real_facts.command import FIGURES as REAL_FACTS
from train.evaluation.results import FIGURES
from train.evaluation.visitors.command import FIGURES as VISITORS

BENCH = (DEFAULT_MODEL / FIGURES).read_text()


def share(value: float) -> dict[str, float]:
    return {"share": value}


SEEN = {
    "search": {
        "own": share(0.9) | {"chance": 0.07}, "radiological": share(0.8), "lay": share(0.7),
        "abbreviation": share(0.6),
    },
    "yes/no": {
        "own": {"own frames": share(1.0), "other frames": share(1.0)},
        "radiological": {"own frames": share(0.9), "other frames": share(0.7)},
        "lay": {"own frames": share(0.5), "other frames": share(0.3)},
    },
    "kinds": {"all": share(0.95)},
}  # fmt: skip
REAL = {
    "facts": {
        "region in view": {"mean": 0.97}, "contrast or none": {"mean": 0.9},
        "invented findings a trunk scan": {"mean": 0.5},
    }
}  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / FIGURES).write_text(BENCH)
    return tmp_path


def test_all_figures_come_from_the_files_beside_the_model(model: Path) -> None:
    (model / VISITORS).write_text(json.dumps(SEEN))
    (model / REAL_FACTS).write_text(json.dumps(REAL))
    found = {row.name: row for row in rows(read_all(model))}
    assert len(found) == 10
    search = found["search for a finding: right among the first ten"]
    assert (search.own, search.chance) == (0.9, 0.07)
    assert search.others == pytest.approx(0.7), "the mean of the other registers"
    asked = found["yes/no question"]
    assert asked.own == json.loads(BENCH)["yes/no"]["mean"]["seeing"]
    assert asked.others == pytest.approx(0.6), "the mean of their frames, without own names"
    assert found["free input: the right kind of answer"].others == 0.95
    assert found["body region"].real == 0.97
    text = overview(read_all(model))
    assert "| report: findings that aren't there, a scan | - | - | 0.5 | - | - |" in text
    assert "| contrast or none | - | - | 90.0 | - | - |" in text


def test_what_was_not_measured_is_a_dash(model: Path) -> None:
    lines = overview(read_all(model)).splitlines()
    assert len(lines) == 12
    assert "| body region | - | - | - | - | - |" in lines
