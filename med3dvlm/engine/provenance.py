"""Where a report comes from: model, scan, settings, versions; enough to reproduce it.

provenance = provenance_of(card, features, volume, made=datetime.now(UTC))
"""

import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from med3dvlm.engine.card import EngineCard
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.report import LONGEST, PROMPTS
from med3dvlm.version import __version__
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.volume import Volume

PURPOSE = "Research and teaching only. Not for clinical use."
PACKAGES = ("torch", "transformers", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything needed to reproduce a report; contains no name of a person or a file.

    Attributes:
        model: name of the model.
        model_digest: hash of its weights.
        precision: of its weights in memory.
        device: where it ran.
        scan_digest: hash of voxels and geometry, independent of the file format.
        window: grey scale the model saw.
        preprocessing: grid, crop and resize.
        prompts: the questions that were asked, in order.
        settings: decoding settings.
        made: when, in UTC.
        versions: of this program, Python and the numerical packages.
    """

    model: str
    model_digest: str
    precision: str
    device: str
    scan_digest: str
    window: str
    preprocessing: str
    prompts: tuple[str, ...]
    settings: str
    made: str
    versions: dict[str, str]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Name and value of each row of the table."""
        return [
            ("Model", f"{self.model} ({self.model_digest})"),
            ("Weights", f"{self.precision}, on {self.device}"),
            ("Scan", self.scan_digest),
            ("Window", self.window),
            ("Preprocessing", self.preprocessing),
            ("Prompts", " | ".join(self.prompts)),
            ("Settings", self.settings),
            ("Created", self.made),
            ("Versions", ", ".join(f"{name} {number}" for name, number in self.versions.items())),
        ]


def provenance_of(
    card: EngineCard,
    features: VolumeFeatures,
    volume: Volume,
    *,
    made: datetime,
    choice: InputChoice = AS_TRAINED,
) -> Provenance:
    """The provenance of this model's report of this volume."""
    window = features.window
    unit = "HU" if volume.unit == "HU" else "(no unit)"
    return Provenance(
        model=card.info.name,
        model_digest=card.digest,
        precision=card.precision,
        device=card.device,
        scan_digest=volume.digest,
        window=f"{window.low:g} to {window.high:g} {unit}",
        preprocessing=_preprocessing(card, choice),
        prompts=PROMPTS,
        settings=f"greedy decoding, at most {LONGEST} tokens per answer",
        made=made.strftime("%Y-%m-%d %H:%M UTC"),
        versions={"med3dvlm": __version__, "python": platform.python_version(), **_packages()},
    )


def _preprocessing(card: EngineCard, choice: InputChoice) -> str:
    depth, height, width = card.input.grid
    published = card.input.published if choice.published is None else choice.published
    crop = "cropped to the foreground" if choice.crop else "not cropped"
    resize = "as published, without a low-pass filter" if published else "with a low-pass filter"
    return f"{crop}, resized {resize}, to {width} x {height} x {depth} voxels"


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
