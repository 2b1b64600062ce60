"""What lesions told about a kind of map, one line each in a file from which a stopped run resumes.

kept = Kept(path=path, weights=digest, method="occlusion")
kept.add(trial, measured)               # None where the model got the lesion wrong
kept.known[trial]
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from med3dvlm.explain.maps.map import Floats
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import Located
from med3dvlm.phantoms.planted import Trial
from med3dvlm.values import from_dict

MAPS = ("values", "truth", "shuffled", "randomised")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one lesion told about a method.

    Attributes:
        located: the map and the truth.
        followed: whether the map moved with the lesion; None if it was not moved.
        areas: under deletion and insertion curves; None where they were not drawn.
    """

    located: Located
    followed: float | None
    areas: Areas | None


@dataclass(kw_only=True)
class Kept:
    """The lesions that were measured before, of these weights and this method.

    Attributes:
        path: a .jsonl file; without one, nothing is kept.
        weights: digest of the weights.
        method: name of the method.
        known: by trial; None where the model got the lesion wrong.
    """

    path: Path | None
    weights: str
    method: str
    known: dict[Trial, Measured | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path is None or not self.path.exists():
            return
        for text in self.path.read_text().splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:  # cut off when the run was stopped
                continue
            if (line["weights"], line["method"]) == (self.weights, self.method):
                self.known[from_dict(Trial, line["trial"])] = _parsed(line["measured"])

    def add(self, trial: Trial, measured: Measured | None) -> None:
        """Keep what was measured, and write its line at once."""
        self.known[trial] = measured
        if self.path is None:
            return
        line = {
            "weights": self.weights, "method": self.method, "trial": asdict(trial),
            "measured": _plain(measured),
        }  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        cut_off = self.path.exists() and not self.path.read_text().endswith("\n")
        with self.path.open("a") as file:
            file.write("\n" * cut_off + json.dumps(line) + "\n")


def _plain(measured: Measured | None) -> dict[str, Any] | None:
    if measured is None:
        return None
    located = measured.located
    maps = {name: getattr(located, name) for name in MAPS}
    return {
        "kind": located.kind,
        "shape": located.values.shape,
        "maps": {name: [float(f"{v:.6g}") for v in one.ravel()] for name, one in maps.items()},
        "followed": measured.followed,
        "areas": measured.areas and asdict(measured.areas),
    }


def _parsed(line: dict[str, Any] | None) -> Measured | None:
    if line is None:
        return None
    maps: dict[str, Floats] = {
        name: np.array(values, np.float32).reshape(line["shape"])
        for name, values in line["maps"].items()
    }
    areas = from_dict(Areas, line["areas"]) if line["areas"] else None
    located = Located(kind=line["kind"], **maps)
    return Measured(located=located, followed=line["followed"], areas=areas)
