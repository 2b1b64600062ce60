"""The endpoints that try the model out: changed scans, painted lesions, and curves of many people.

    endpoints = lab_endpoints(services, switches, reading, brought)

Like all endpoints they wait in the queue of the page, keep nothing and end when the caller leaves
(`med3dvlm/ui/api.py`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.explain.lab.behaviour import Watch, shift, stability
from med3dvlm.explain.lab.curves import VARIED, CurveWanted, detectability
from med3dvlm.explain.lab.lesions import BALLS, ScanLesion
from med3dvlm.explain.lab.lesions import LARGEST_MM as LARGEST_IN_SCAN
from med3dvlm.explain.lab.perturbations import (
    CHANGES,
    WITHOUT_ORGAN,
    Perturbation,
    change_of,
)
from med3dvlm.explain.lab.trials import ask_in_scan, run_trial
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import LARGEST_MM, Trial
from med3dvlm.phantoms.splits import TEST
from med3dvlm.ui.api_values import LARGEST_SEED, number_of, one_of, text_of, whole_of
from med3dvlm.ui.explain.asking import ModelReader, check_size
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes import Volume
from med3dvlm.volumes.labels.label_map import LabelMap

LAB = ("perturb_volume", "detect_lesion", "detect_in_scan", "detect_curve")
WORK, ALL = "api", "all"
MOST_CONTRAST = 4.0
LONGEST_AXIS = 100_000  # voxels
FEWEST_PEOPLE, MOST_PEOPLE, FEWEST_STEPS, MOST_STEPS = 2, 20, 3, 10
Gone = Callable[[], bool]
Brought = Callable[[Any], AbstractContextManager[Path]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How uploads are read: a scan, and a label map of one."""

    scan: Callable[[Path, gr.Request, Gone], Volume]
    labels: Callable[[Path, Volume, gr.Request, Gone], LabelMap]


def lab_endpoints(
    services: Loading[Services], switches: Switches, reading: Reading, brought: Brought
) -> tuple[Callable[..., Any], ...]:
    """The endpoints in the order of `LAB`."""

    def perturb_volume(  # noqa: PLR0913  (each is a field of the endpoint)
        request: gr.Request,
        scan: gr.FileData,
        question: str,
        change: str = ALL,
        organ: str = "",
        labels: gr.FileData = None,  # type: ignore[assignment]  # Gradio knows no optional file
        other: gr.FileData = None,  # type: ignore[assignment]
    ) -> dict:  # type: ignore[type-arg]  # Gradio reads plain types alone
        """Ask about a 3D scan before and after a change of it. For research and teaching only.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            question: With choices, as in "Which plane? A. axial B. coronal", or one of yes or no.
            change: One of the changes of the page, such as "blank", or "all".
            organ: The label that is taken out with the change "one organ taken out".
            labels: A label map of the scan, which says where the organ is.
            other: The scan of the change "another scan"; a phantom if there is none.

        Returns:
            The options with their probabilities: of the scan, without an image, and after each
            change; how far each moved them, and the share of answers that stayed the same.
        """
        with errors_for_callers(), ExitStack() as files:
            beside = [files.enter_context(brought(file)) if file else None
                      for file in (labels, other)]  # fmt: skip
            path = files.enter_context(brought(scan))
            asked = text_of("question", question)
            named = one_of("change", change, (ALL, *CHANGES))
            with switches.errand(request, WORK) as gone:
                volume = reading.scan(path, request, gone)
                check_size(volume)
                known, put = (
                    reading.labels(beside[0], volume, request, gone) if beside[0] else None,
                    reading.scan(beside[1], request, gone) if beside[1] else None,
                )
                mask = known.mask(organ) if known else None
                every = [name for name in CHANGES if name != WITHOUT_ORGAN or known]
                changes = {
                    name: change_of(name, mask=mask, other=put)
                    for name in (every if named == ALL else [named])
                }
                return _perturbed(services.value(), volume, asked, changes, gone)

    def detect_lesion(
        request: gr.Request,
        kind: str,
        place: str = "",
        size_mm: int = 20,
        contrast: float = 1.0,
        seed: int = TEST.start,
    ) -> dict:  # type: ignore[type-arg]
        """Paint a lesion into a phantom and ask the model about it. For research and teaching only.

        Args:
            request: Who asks.
            kind: A kind of finding, such as "lung nodule".
            place: One of the kind's places; the first if it is empty.
            size_mm: Longest diameter in mm, up to 300; 0 paints nothing.
            contrast: 1 is usual, 0 is none.
            seed: The person.

        Returns:
            The trial, the question, and the probability of a yes with the lesion, without it, and
            without an image.
        """  # fmt: skip
        with errors_for_callers():
            trial = _trial(kind, place, size_mm, contrast, seed)
            with switches.errand(request, WORK):
                return _detected(services.value(), trial)

    def detect_in_scan(  # noqa: PLR0913  (each is a field of the endpoint)
        request: gr.Request,
        scan: gr.FileData,
        kind: str,
        z: float,
        y: float,
        x: float,
        size_mm: float = 20,
        contrast: float = 1.0,
    ) -> dict:  # type: ignore[type-arg]
        """Paint a lesion into a CT and ask the model about it. For research and teaching only.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            kind: A kind of finding that can be set at a point, such as "lung nodule".
            z: Voxel of its middle, from the feet to the head.
            y: Voxel of its middle, from the front to the back.
            x: Voxel of its middle, from the patient's right to the left.
            size_mm: Diameter in mm, up to 150; 0 paints nothing.
            contrast: 1 is the usual tissue, 0 is none.

        Returns:
            That it is a painted lesion, the trial, and the probability of a yes with the lesion,
            without it, and without an image.
        """  # fmt: skip
        with errors_for_callers(), brought(scan) as path:
            lesion = _lesion(kind, {"z": z, "y": y, "x": x}, size_mm, contrast)
            with switches.errand(request, WORK) as gone:
                volume = reading.scan(path, request, gone)
                check_size(volume)
                return _detected_in(services.value(), lesion, volume)

    def detect_curve(
        request: gr.Request,
        kind: str,
        vary: str = "",
        people: int = 8,
        steps: int = 6,
        seed: int = TEST.start,
    ) -> dict:  # type: ignore[type-arg]
        """Find from which size or contrast on, or where, a finding is seen. For teaching only.

        Args:
            request: Who asks.
            kind: A kind of finding, such as "lung nodule".
            vary: "size_mm", "contrast" or "place"; what the kind allows if it is empty.
            people: How many phantoms, 2 to 20.
            steps: Sizes or contrasts, 3 to 10, none at all included.
            seed: The first person.

        Returns:
            The mean probability of a yes at each step, where it crosses one half with a 95 %
            interval, or the probability in each place; and without an image.
        """  # fmt: skip
        with errors_for_callers():
            wanted = _curve(kind, vary, people, steps, seed)
            with switches.errand(request, WORK) as gone:
                return _curved(services.value(), wanted, gone)

    return perturb_volume, detect_lesion, detect_in_scan, detect_curve


def _perturbed(
    services: Services, volume: Volume, question: str, changes: dict[str, Perturbation], gone: Gone
) -> dict[str, Any]:
    choices = read_choices(question)
    asked, options = (choices.text, choices.options) if choices else (question, YES_NO)
    watch = Watch(reader=ModelReader(services), options={asked: options})
    before, blind = watch.of(volume), watch.blind()
    after = {}
    for change, change_it in changes.items():
        if gone():
            break
        after[change] = watch.of(change_it(volume))
    return {
        "question": asked,
        "before": before.answers[asked],
        "without_image": blind.answers[asked],
        "after": {
            change: {"options": found.answers[asked], "moved": shift(before, found)}
            for change, found in after.items()
        },
        "stayed": stability(before, list(after.values())),
        "model": services.card.info.name,
    }


def _trial(kind: Any, place: Any, size_mm: Any, contrast: Any, seed: Any) -> Trial:
    known = KINDS[one_of("kind", kind, tuple(KINDS))]
    places = known.places or ("",)
    return Trial(
        kind=known.name,
        place=one_of("place", place, places) if place else places[0],
        size_mm=whole_of("size_mm", size_mm, 0, LARGEST_MM),
        contrast=number_of("contrast", contrast, 0, MOST_CONTRAST),
        seed=whole_of("seed", seed, 0, LARGEST_SEED),
    )


def _detected(services: Services, trial: Trial) -> dict[str, Any]:
    question, weights = presence_question(trial.kind), services.card.digest
    result = run_trial(ModelReader(services), trial, question=question, weights=weights)
    return asdict(result) | {"model": services.card.info.name}


def _lesion(kind: Any, voxel: dict[str, Any], size_mm: Any, contrast: Any) -> ScanLesion:
    z, y, x = (number_of(axis, number, 0, LONGEST_AXIS) for axis, number in voxel.items())
    return ScanLesion(
        voxel=(z, y, x),
        kind=one_of("kind", kind, tuple(BALLS)),
        size_mm=number_of("size_mm", size_mm, 0, LARGEST_IN_SCAN),
        contrast=number_of("contrast", contrast, 0, 1),
    )


def _detected_in(services: Services, lesion: ScanLesion, volume: Volume) -> dict[str, Any]:
    question, weights = presence_question(lesion.kind), services.card.digest
    made = ask_in_scan(
        ModelReader(services), lesion, volume, question=question, weights=weights
    )  # fmt: skip
    return {"told": lesion.said, **asdict(made), "model": services.card.info.name}


def _curve(kind: Any, vary: Any, people: Any, steps: Any, seed: Any) -> CurveWanted:
    return CurveWanted(
        kind=one_of("kind", kind, tuple(KINDS)),
        vary=one_of("vary", vary, VARIED) if vary else None,
        people=whole_of("people", people, FEWEST_PEOPLE, MOST_PEOPLE),
        steps=whole_of("steps", steps, FEWEST_STEPS, MOST_STEPS),
        seed=whole_of("seed", seed, 0, LARGEST_SEED - MOST_PEOPLE),
    )


def _curved(services: Services, wanted: CurveWanted, gone: Gone) -> dict[str, Any]:
    question, weights = presence_question(wanted.kind), services.card.digest
    made = detectability(
        ModelReader(services), wanted, question=question, weights=weights, ended=gone
    )
    return made.numbers | {"model": services.card.info.name}
