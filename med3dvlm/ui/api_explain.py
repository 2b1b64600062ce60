"""The endpoint that draws maps for scripts and language models.

    endpoints = explaining_endpoints(services, switches, read, brought)

Like all endpoints they wait in the queue of the page, keep nothing and end when the caller leaves
(`med3dvlm/ui/api.py`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import SAID
from med3dvlm.explain.maps.saved import cell_rows
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import METHODS, SPLIT, Method
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.api_values import one_of, text_of
from med3dvlm.ui.explain.maps.part import known_kind
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes import Volume
from med3dvlm.volumes.grid import AS_TRAINED

EXPLAINING = ("explain_volume",)
WORK = "api"
Gone = Callable[[], bool]
Read = Callable[[Path, gr.Request, Gone], Volume]
Brought = Callable[[Any], AbstractContextManager[Path]]


def explaining_endpoints(
    services: Loading[Services], switches: Switches, read: Read, brought: Brought
) -> tuple[Callable[..., Any], ...]:
    """The endpoints in the order of `EXPLAINING`."""

    def explain_volume(
        request: gr.Request,
        scan: gr.FileData,
        text: str,
        method: str = SPLIT,
        baseline: str = "mean",
    ) -> dict:  # type: ignore[type-arg]  # Gradio reads plain types alone
        """Map what the model's score for a 3D scan comes from. For research and teaching only.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            text: A kind of finding, a question with choices, or any text.
            method: "text split", "occlusion" (its coarse blocks), "gradient" (on the low grid), or
                "gradient on the high grid".
            baseline: What occlusion puts in place of a block: mean, black or blurred.

        Returns:
            The cells, the highest first, with their places in mm; the grid, what the map means and
            what it doesn't, and how far it can be believed.
        """  # fmt: skip
        with errors_for_callers(), brought(scan) as path:
            wanted = text_of("text", text)
            how = one_of("method", method, METHODS), one_of("baseline", baseline, tuple(SAID))
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                return _explained(services.value(), volume, wanted, how, gone)

    return (explain_volume,)


def _explained(
    services: Services, volume: Volume, wanted: str, how: tuple[Method, str], gone: Gone
) -> dict[str, Any]:
    method, baseline = how
    kind = known_kind(wanted, services)
    shown: Map | None = None
    with closing(
        services.map(method, volume, AS_TRAINED, kind or wanted, baseline)
    ) as steps:  # fmt: skip
        for step in steps:
            finer = shown is not None and step.map.mapping.grid != shown.mapping.grid
            if finer or gone():
                break
            shown = step.map
    if shown is None:
        raise PromptError("The caller has left.")
    measured = services.certificates.get(method) if kind or method == SPLIT else None
    believed = measured.verdict_on(shown.values.size) if measured else NOT_MEASURED
    return {
        "legend": shown.legend,
        "grid": list(shown.mapping.grid),
        "cells": cell_rows(shown, volume),
        "means": shown.means,
        "means_not": shown.means_not,
        "how_far_to_believe_it": believed,
        "model": services.card.info.name,
    }
