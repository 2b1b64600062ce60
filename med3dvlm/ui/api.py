"""The named endpoints for scripts and MCP clients, without the page.

    with gr.Blocks() as page:
        ...
        build_api(services, library, limits, switches)      # docs/api.md says how to call them

Each call reads its scan, answers and removes the file; nothing is kept. The caller gets errors as
one sentence. Calls wait in the same queue as visitors of the page. A call ends when its client
disconnects.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api
from gradio.utils import get_upload_folder

from med3dvlm.choices import read_choices
from med3dvlm.engine.cautions import cautions_for
from med3dvlm.engine.closed import chosen
from med3dvlm.engine.confidence import mean_probability
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.errors import Med3DVLMError, VolumeError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.api_explain import EXPLAINING, explaining_endpoints
from med3dvlm.ui.api_insights import INSIGHTS, insight_endpoints
from med3dvlm.ui.api_lab import LAB, Reading, lab_endpoints
from med3dvlm.ui.api_search import SEARCHING, searching_endpoints
from med3dvlm.ui.api_values import decoding_of, text_of
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.upload import VisitorUpload
from med3dvlm.volumes import Limits, Volume
from med3dvlm.volumes.grid import AS_TRAINED
from med3dvlm.volumes.labels.label_map import LabelMap
from med3dvlm.volumes.labels.place import Place

# Calls wait in our own fair queue; this leaves most threads to the page.
AT_ONCE = 20
WORK = "api"
ENDPOINTS = (
    "ask_volume", "report_volume", "describe_model",
    *SEARCHING,
    *EXPLAINING,
    *LAB,
    *INSIGHTS,
)  # fmt: skip


def build_api(
    services: Loading[Services], library: "Loading[Library]", limits: Limits, switches: Switches
) -> None:
    """Add the endpoints to the page under construction."""

    def read(path: Path, request: gr.Request, gone: Callable[[], bool]) -> Volume:
        upload = VisitorUpload([path], limits, switches.reading_for(request, lambda: not gone()))
        try:
            largest = upload.series[0]
            switches.budget.check_unread(largest.voxels, upload.holder)
            volume = upload.open(largest)
            switches.budget.hold(volume.voxels, upload.holder)
            return volume
        finally:
            upload.close()

    def read_labels(
        path: Path, scan: Volume, request: gr.Request, gone: Callable[[], bool]
    ) -> LabelMap:
        reading = switches.reading_for(request, lambda: not gone())
        switches.budget.check(scan.voxels.size, reading.holder)
        labels = reading.labels(path, Place.of(scan), limits)
        switches.budget.hold(labels.codes, reading.holder)
        return labels

    def ask_volume(  # noqa: PLR0913  (each is a field of the endpoint)
        request: gr.Request,
        scan: gr.FileData,
        question: str,
        temperature: float = 0.0,
        top_p: float = 1.0,
        max_new_tokens: int = 256,
        seed: int = 0,
    ) -> dict:  # type: ignore[type-arg]  # Gradio reads plain types alone
        """Answer a question about a 3D scan. For research and teaching, not for clinical use.

        Args:
            request: The request of the caller.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            question: The question; give choices as in "Which plane? A. axial B. coronal".
            temperature: 0 always takes the most likely token; above 0, answers vary.
            top_p: Sample only from the most likely tokens that reach this total probability.
            max_new_tokens: Maximum length of the answer in tokens, up to 512.
            seed: Seed for sampling; the same seed gives the same answer.

        Returns:
            The answer, its probability (geometric mean over its tokens, null without tokens), how
            the question was understood (empty if it was asked as typed), the options with their
            probabilities, and cautions.
        """
        with errors_for_callers(), brought(scan) as path:
            given = (
                text_of("question", question),
                decoding_of(temperature, top_p, max_new_tokens, seed),
            )
            with switches.errand(request, WORK) as gone:
                asked = ApiQuestion(*given, gone)
                return _asked(services.value(), read(path, request, gone), asked)

    def report_volume(request: gr.Request, scan: gr.FileData) -> dict:  # type: ignore[type-arg]
        """Write a report on a 3D scan. For research and teaching, not for clinical use.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.

        Returns:
            The report as Markdown, and the text of each section by its title.
        """
        with (
            errors_for_callers(),
            brought(scan) as path,
            switches.errand(request, WORK) as gone,
        ):
            volume = read(path, request, gone)
            return _reported(services.value(), volume, gone)

    def describe_model() -> dict:  # type: ignore[type-arg]
        """Describe the model: its name, training data and known limits.

        Returns:
            Name, hash of the weights, training data, limits, input size.
        """
        with errors_for_callers():
            return _described(services.value())

    made: tuple[Callable[..., Any], ...] = (
        ask_volume, report_volume, describe_model,
        *searching_endpoints(services, library, switches, read, brought),
        *explaining_endpoints(services, switches, read, brought),
        *lab_endpoints(services, switches, Reading(read, read_labels), brought),
        *insight_endpoints(services, switches, read, brought),
    )  # fmt: skip
    for name, endpoint in zip(ENDPOINTS, made, strict=True):
        api(
            endpoint, api_name=name, concurrency_limit=AT_ONCE,
            concurrency_id="api", api_visibility="public",
        )  # fmt: skip


@contextmanager
def brought(scan: Any) -> Iterator[Path]:
    """Yield the uploaded file, and remove it from the disk afterwards in every case.

    Gradio checks a path only if it comes with "meta", which a caller may leave out; without this
    check a call could name any file on the server. The guard has checked who owns the upload.

    Raises:
        VolumeError: the request has no file, or it is not an upload.
    """
    path = scan.get("path") if isinstance(scan, dict) else None
    if not isinstance(path, str) or not path:
        raise VolumeError("The request has no file. Send one, for example a .nii.gz.")
    file = Path(path.replace("\0", "")).resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()):
        raise VolumeError("This is not an uploaded file. Upload it first.")
    try:
        yield file
    finally:
        with suppress(OSError):
            file.unlink()


@dataclass(frozen=True, slots=True)
class ApiQuestion:
    """A question, how to answer it, and whether the caller has left."""

    question: str
    decoding: Decoding
    gone: Callable[[], bool]


def _asked(services: Services, volume: Volume, given: ApiQuestion) -> dict[str, Any]:
    choices = read_choices(given.question)
    asked = choices.text if choices else given.question
    features = services.encode(volume, AS_TRAINED)
    options = {}
    if choices:
        shares = services.choose(features, asked, choices.options)
        events = [chosen(choices.options, shares, given.decoding)]
        options = {text: float(p) for text, p in zip(choices.options, shares, strict=True)}
    else:
        with closing(services.answer(features, Conversation(), asked, given.decoding)) as stream:
            events = list(takewhile(lambda _: not given.gone(), stream))
    familiarity = services.familiarity(features)
    unfamiliar = familiarity is not None and familiarity.outside
    cautions = cautions_for(asked, limits=services.card.info.limits, unfamiliar=unfamiliar)
    return {
        "answer": "".join(event.text for event in events).strip(),
        "probability": mean_probability(events),
        "understood": events[0].understood if events else "",
        "options": options,
        "cautions": list(cautions),
        "model": services.card.info.name,
    }


def _reported(services: Services, volume: Volume, gone: Callable[[], bool]) -> dict[str, Any]:
    features = services.encode(volume, AS_TRAINED)
    state = None
    with closing(services.report(features, volume)) as states:
        for state in states:  # noqa: B007
            if gone():
                break
    if state is None:
        raise Med3DVLMError("The model wrote no report. Try again.")
    return {
        "report": state.markdown(),
        "sections": {section.title: section.text for section in state.sections},
        "model": services.card.info.name,
    }


def _described(services: Services) -> dict[str, Any]:
    card = services.card
    return {
        "name": card.info.name,
        "weights": card.digest,
        "parameters": card.parameters,
        "precision": card.precision,
        "trained_on": card.info.trained_on,
        "limits": list(card.info.limits),
        "voxels": list(card.input.grid),
        "follows_up": card.follows_up,
        "searches": card.search is not None,
    }
