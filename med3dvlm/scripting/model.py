"""One object that answers, reports, searches, explains and is tried out, for scripts and notebooks.

    model = open_model()
    print(model.ask(volume, "Is there a kidney stone?"))
    print(model.report(volume))

A scan is encoded when it is first asked about; the last one stays encoded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.config import ASSETS, EMBEDDED
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.estimates import estimates_of, ranking_of
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.open_model import open_engine
from med3dvlm.engine.scan_reader import ScanReader
from med3dvlm.engine.search import nearest
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.errors import PromptError, VolumeError
from med3dvlm.explain.lab.curves import CurveWanted, Detectability, Varied, detectability
from med3dvlm.explain.lab.perturbations import change_of
from med3dvlm.explain.lab.trials import ScanTrial, TrialResult, ask_in_scan, run_trial
from med3dvlm.explain.maps.occlusion import Baseline
from med3dvlm.model.precision import Wanted as Precision
from med3dvlm.phantoms.splits import TEST
from med3dvlm.retrieval import Library
from med3dvlm.scripting.answer import Answer, answer_to
from med3dvlm.scripting.explanation import Explanation, Method, Wanted, explained
from med3dvlm.scripting.lab import Perturbation, lesion_at, options_of, perturbed, usual_trial
from med3dvlm.scripting.report import Report, report_on
from med3dvlm.volumes.volume import Volume

SHIPPED = ASSETS / "library"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A scan of a library that a search found.

    Attributes:
        score: cosine of its vector and that of what was searched for, -1 to 1.
        fits: whether that is similar enough to fit; None if that is unknown for this model.
        title: what it shows, in a few words.
        text: its report.
        source: where it is from, such as `phantom:30000001`.
        digest: `Volume.digest` of the scan.
        estimated: probability of each kind of finding, from when it was added; empty if unknown.
        searched_for: the text in the model's own words; empty for a search by a scan.
    """

    score: float
    fits: bool | None
    title: str
    text: str
    source: str
    digest: str
    searched_for: str = ""
    estimated: Mapping[str, float] = field(default_factory=dict)


class Model:
    """A loaded model; `open_model` makes one.

    Attributes:
        engine: what it stands on (`med3dvlm/engine/engine.py`), for tokens, samples and vectors.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._last: tuple[str, VolumeFeatures] | None = None

    def __repr__(self) -> str:
        card = self.engine.card
        return f"<Model {card.info.name}, weights {card.digest}>"

    def ask(self, scan: Volume, question: str, *, decoding: Decoding | None = None) -> Answer:
        """Answer a question in anybody's words, also one with choices (`... A. axial B. coronal`).

        Args:
            scan: see `open_volume`.
            question: one question, or several in a row.
            decoding: sampling settings; greedy if None, so that every call answers the same.

        Raises:
            PromptError: the question is empty or too long.
            VolumeError: it was not asked about a volume.
        """
        return answer_to(self.engine, self._features(scan), question, decoding)

    def report(self, scan: Volume) -> Report:
        """Write a report: technique, findings by region, impression.

        Raises:
            VolumeError: it is not a volume.
        """
        return report_on(self.engine, self._features(scan), scan)

    def search(
        self, query: str | Volume, *, count: int = 10, library: Path | str = SHIPPED
    ) -> tuple[SearchHit, ...]:
        """Find scans that show what a text says, or that are like a scan; the best first.

        Args:
            query: a text, or a scan.
            count: how many at most.
            library: a folder made by `med3dvlm embed`; the phantoms that come with the package.

        Raises:
            PromptError: the text is empty, or the count below 1.
            LibraryError: there is no library, or another model made it.
        """
        if count < 1:
            raise PromptError(f"count must be 1 or more, got {count}")
        scores, own, ranking = self.engine.search_scores, "", None
        if isinstance(query, str):
            own = self.engine.searched_for(query)
            vector = self.engine.embed_text([own])[0]
            ranking = ranking_of(sought_in(own), scores)
            least = scores.text if scores else None
        else:
            vector = self._features(query).embedding
            least = scores.volume if scores else None
        with Library.open(Path(library), model=self.engine.retrieval_key) as opened:
            return tuple(
                SearchHit(
                    score=hit.score,
                    fits=None if least is None else hit.score >= least,
                    title=hit.entry.title,
                    text=hit.entry.text,
                    source=hit.entry.source,
                    digest=hit.entry.digest,
                    searched_for=own,
                    estimated=estimates_of(hit.entry),
                )
                for hit in nearest(opened, vector, count, ranking=ranking)
            )

    def explain(
        self, scan: Volume, *, text: str | None = None, question: str | None = None,
        options: tuple[str, ...] = (), method: Method | None = None, baseline: Baseline = "mean",
    ) -> Explanation:  # fmt: skip
        """Map what a text's score, or the answer to a question, comes from.

        Args:
            scan: see `open_volume`.
            text: explain how alike the scan and this text are.
            question: explain the probability of its first option.
            options: of the question; those written in it, else Yes and No.
            method: `text split`, `occlusion`, `gradient` or `gradient on the high grid`.
            baseline: what occlusion puts in place of a block.

        Raises:
            PromptError: neither or both of text and question were given, or the method doesn't fit.
            VolumeError: it is not a volume.
        """
        wanted = Wanted(
            text=text, question=question, options=options, method=method, baseline=baseline
        )
        return explained(self.engine, _checked(scan), wanted)

    def perturb(
        self, scan: Volume, change: str, *, question: str, options: tuple[str, ...] = (),
        mask: NDArray[np.bool_] | None = None, other: Volume | None = None,
    ) -> Perturbation:  # fmt: skip
        """Ask about a scan before and after a change, and without an image.

        Args:
            scan: see `open_volume`.
            change: such as `left and right swapped`, `blank`, `noise`, `one organ taken out` or
                `another scan`.
            question: with choices, or to be answered by the options.
            options: Yes and No if none are given.
            mask: of the organ that is taken out, as from `open_labels(...).mask("liver")`.
            other: the other scan; a phantom if None.

        Raises:
            PromptError: there is no such change, no organ to take out, or no question.
            VolumeError: it is not a volume.
        """
        asked = options_of([question], options)
        how = change, change_of(change, mask=mask, other=None if other is None else _checked(other))
        return perturbed(self.engine, _checked(scan), how, asked)

    def detect(
        self, kind: str, *, place: str | None = None, size_mm: int | None = None,
        contrast: float = 1.0, seed: int = TEST.start,
    ) -> TrialResult:  # fmt: skip
        """Paint a lesion into a phantom and ask whether it is there, and without it.

        Args:
            kind: of finding, such as `kidney stone`.
            place: one of the kind's; the first if None.
            size_mm: the middle of the kind's sizes if None.
            contrast: 1 is usual, 0 is none.
            seed: the person.

        Raises:
            PromptError: there is no such kind.
            ConfigError: the lesion can't be painted so.
        """
        trial = usual_trial(kind, place=place, size_mm=size_mm, contrast=contrast, seed=seed)
        return run_trial(
            ScanReader(self.engine), trial, question=presence_question(kind),
            weights=self.engine.card.digest,
        )  # fmt: skip

    def detect_in_scan(
        self, scan: Volume, kind: str, *, voxel: Iterable[float], size_mm: float | None = None,
        contrast: float = 1.0,
    ) -> ScanTrial:  # fmt: skip
        """Paint a lesion into a scan and ask whether it is there, and without it.

        Args:
            scan: a CT, which stays as it is.
            kind: of finding; one that can be set at a point, such as `lung nodule`.
            voxel: `(z, y, x)` of its middle, as in `scan.voxels`.
            size_mm: its diameter; the middle of the kind's sizes if None.
            contrast: 1 for the usual tissue, 0 for none.

        Raises:
            ConfigError: the lesion can't be painted so.
            VolumeError: it can't be painted there.
        """
        lesion = lesion_at(voxel, kind, size_mm=size_mm, contrast=contrast)
        return ask_in_scan(
            ScanReader(self.engine), lesion, _checked(scan), question=presence_question(kind),
            weights=self.engine.card.digest,
        )  # fmt: skip

    def detect_curve(
        self, kind: str, *, vary: Varied | None = None, people: int = 20, steps: int = 7,
        seed: int = TEST.start,
    ) -> Detectability:  # fmt: skip
        """Paint a lesion into many phantoms: from which size or contrast on, or where, it is seen.

        Args:
            kind: of finding, such as `kidney stone`.
            vary: `size_mm`, `contrast` or `place`; what the kind allows if None.
            people: how many phantoms.
            steps: sizes or contrasts, 0 included.
            seed: the first person.

        Raises:
            PromptError: there is no such kind, or too few or too many people or steps.
            ConfigError: the kind has one place.
        """
        wanted = CurveWanted(kind=kind, vary=vary, people=people, steps=steps, seed=seed)
        reader, question = ScanReader(self.engine), presence_question(wanted.kind)
        return detectability(reader, wanted, question=question, weights=self.engine.card.digest)

    def _features(self, scan: Volume) -> VolumeFeatures:
        digest = _checked(scan).digest
        if self._last is None or self._last[0] != digest:
            self._last = digest, self.engine.encode(scan)
        return self._last[1]


def _checked(scan: Any) -> Volume:
    if not isinstance(scan, Volume):
        raise VolumeError(
            f"A volume is needed, got {type(scan).__name__}: open the scan first, with "
            "med3dvlm.open_volume(path)."
        )
    return scan


def open_model(
    name: str = EMBEDDED, *, device: str = "auto", precision: Precision = "auto"
) -> Model:
    """Load a model.

    Args:
        name: `embedded`, a folder, a name on the hub, or two of these joined by `+`.
        device: `auto`, `cpu`, `cuda` or `cuda:1`.
        precision: of the language model; `auto` takes the best that fits.

    Raises:
        CheckpointError: it can't be found, downloaded or read, is too large for this machine, or
            there is no such device.
    """
    return Model(open_engine(name, device=device, precision=precision))
