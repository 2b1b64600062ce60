"""How far a kind of map can be believed: what was measured on phantoms, and what follows from it.

certificates.of("text split").verdict
certificate.verdict_on(shown.values.size)     # beside a map
write_certificates(folder, certificates)      # next to the weights they were measured for
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.errors import ConfigError
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import HitRates, Rate
from med3dvlm.model.beside_weights import read_fitted_json
from med3dvlm.values import to_json

if TYPE_CHECKING:
    from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM

CERTIFICATES = "maps.json"
FORMAT = 1
# A map is worth its colours if it hits this much oftener than its prior.
WORTH = 0.15
NOT_LEARNT = (
    "is no better with the trained weights than with random ones: it shows the picture, not what "
    "the model learnt"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was measured of one method.

    Attributes:
        method: name of the method.
        hits: how often it marks the true cell, and what else does.
        several_places: the same for kinds with several places only; None if there were none.
        follows: how often the map moves with a lesion that is moved; half is chance. None if no
            lesion was moved from one cell to another.
        moved: number of lesions moved.
        areas: mean areas under deletion and insertion curves.
        deletion_gain: how much lower the deletion curve is than in a random order.
        insertion_gain: how much higher the insertion curve is than in a random order.
    """

    method: str
    hits: HitRates
    several_places: HitRates | None
    follows: Rate | None
    moved: int
    areas: Areas
    deletion_gain: Rate
    insertion_gain: Rate

    @property
    def failures(self) -> tuple[str, ...]:
        """What the map fails at, each to be read after "This map"."""
        found = self.several_places or self.hits
        failed = {
            "doesn't beat a guess without the image": not self.believable,
            "is no better than that of another finding": found.map.low <= found.shuffled.high,
            NOT_LEARNT: found.map.low <= found.randomised.high,
            "doesn't follow a lesion that is moved": bool(self.follows and self.follows.low <= 0.5),
            "doesn't mark what the score depends on": self.deletion_gain.low <= 0
            and self.insertion_gain.low <= 0,
        }
        return tuple(words for words, fails in failed.items() if fails)

    @property
    def believable(self) -> bool:
        """Whether it clearly beats the image-blind prior where a finding has several places."""
        margin = (self.several_places or self.hits).margin
        return margin.value >= WORTH and margin.low > 0

    @property
    def verdict(self) -> str:
        """What the map fails at, if anything, and its figures: sentences for the user."""
        found = self.several_places or self.hits
        top = f"among the {found.top} highest" if found.top > 1 else "the highest"
        figures = (
            f"On {found.cases} phantoms the true cell was {top} of {found.cells} in "
            f"{_percent(found.map)}, in {_percent(found.prior)} for a mean map "
            f"that never saw the scan, and in {100 * found.chance:.0f} % by chance."
        )
        failed = "; it ".join(self.failures)
        return f"This map {failed}. {figures}" if failed else figures

    def verdict_on(self, cells: int) -> str:
        """The verdict beside a map of so many cells, which may be finer than what was measured."""
        measured = (self.several_places or self.hits).cells
        if cells == measured:
            return self.verdict
        return f"{self.verdict} That was measured with maps of {measured} cells; this has {cells}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The certificates of one checkpoint's maps.

    Attributes:
        weights: digest of the weights they were measured with.
        methods: one for each method.
    """

    weights: str
    methods: tuple[Certificate, ...] = ()
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ConfigError(
                f"the certificates have format {self.format}, but this version reads {FORMAT}"
            )

    def of(self, method: str) -> Certificate | None:
        """The certificate of a method; None if it was not measured."""
        return next((one for one in self.methods if one.method == method), None)


def certificates_beside(loaded: "LoadedVLM | LoadedDualEncoder") -> dict[str, Certificate]:
    """What was measured of the maps of a loaded model, by method; empty where nothing was.

    Raises:
        CheckpointError: the file beside the weights can't be used.
    """
    if loaded.folder is None:
        return {}
    path = loaded.folder / CERTIFICATES
    found = read_fitted_json(path, Certificates, weights=loaded.digest)
    return {one.method: one for one in found.methods} if found else {}


def write_certificates(folder: Path, certificates: Certificates) -> None:
    """Store them in the folder of the weights; those of other methods stay, of the same weights.

    Raises:
        CheckpointError: the file that is there can't be used.
    """
    path = folder / CERTIFICATES
    known = read_fitted_json(path, Certificates, weights=certificates.weights)
    new = {one.method for one in certificates.methods}
    others = [one for one in known.methods if one.method not in new] if known else []
    whole = replace(certificates, methods=(*others, *certificates.methods))
    path.write_text(to_json(whole) + "\n")


def _percent(found: Rate) -> str:
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
