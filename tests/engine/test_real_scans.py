"""What was measured on real scans is told in words, of the weights that it was measured of."""

import json
from pathlib import Path

from med3dvlm.config import DEFAULT_MODEL, VLM_FOLDER
from med3dvlm.engine.engine import load_engine
from med3dvlm.engine.fitted import read_fitted
from med3dvlm.engine.real_scans import FIGURES, RealFacts, read_real_facts


def figure(mean: float, of: int) -> dict[str, float]:
    return {"mean": mean, "low": 0.0, "high": 1.0, "of": of}


def written(folder: Path, **facts: dict[str, float]) -> RealFacts:
    told = {"scans": 14, "facts": facts, "invented": {}, "weights": "w"}
    (folder / FIGURES).write_text(json.dumps(told))
    found = read_real_facts(folder, "w")
    assert found
    return found


def test_the_figures_are_counted(tmp_path: Path) -> None:
    facts = {
        "contrast or none": figure(7 / 9, 9),
        "invented findings a trunk scan": figure(2 / 9, 9),
    }
    assert written(tmp_path, **facts).sentence() == (
        "Measured on 14 real CTs: contrast or none in 7 of 9, 0.2 a scan reported that aren't "
        "there."
    )


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path) -> None:
    assert read_real_facts(tmp_path, "w") is None
    assert written(tmp_path).sentence() == ""
    assert read_real_facts(tmp_path, "other weights") is None
    assert read_fitted(tmp_path, "w").real_scans is None


def test_the_shipped_figures_are_on_the_card() -> None:
    kept = json.loads((DEFAULT_MODEL / FIGURES).read_text())
    found = read_fitted(DEFAULT_MODEL / VLM_FOLDER, kept["weights"]).real_scans
    assert found
    told = load_engine(DEFAULT_MODEL).card.on_real_scans
    assert told == found.sentence()
    assert told.startswith(f"Measured on {kept['scans']} real CTs: body region right in")
