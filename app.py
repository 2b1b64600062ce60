"""Starts the app: `python app.py`. Settings are MED3DVLM_* and Gradio's own environment variables.

The page answers within seconds; the model and the library load behind it, and the page says so.
"""

import logging
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

# Before Gradio is imported: medical data, so nothing is reported to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from med3dvlm.config import Settings, settings_from
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.services import Services, loads_before_launch, services_of
from med3dvlm.hosting.slot import Progress, Slot, Tell

if TYPE_CHECKING:
    from med3dvlm.engine.engine import Engine
    from med3dvlm.retrieval import Library

log = logging.getLogger("med3dvlm.app")


def make_engine(settings: Settings, tell: Tell) -> "Engine":
    """Import what models need, which takes seconds, and load them."""
    tell(Progress("Starting up: importing the model's libraries."))
    import torch

    from med3dvlm.engine.engine import load_engine

    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    tell(Progress("Loading the model."))
    return load_engine(settings.model_folder, device=device)


def make_services(engine: "Slot[Engine]", tell: Tell) -> Services:
    """The engine behind functions that a GPU host can schedule."""
    for progress in engine.waiting():
        tell(progress)
    return services_of(engine.value())


def make_library(settings: Settings, engine: "Slot[Engine]", tell: Tell) -> "Library":
    """The starter library: as shipped, or built for this model with a progress bar."""
    from med3dvlm.engine.starter_library import open_starter_library

    def progress(done: int, of: int) -> None:
        tell(Progress(f"Building the library: {done} of {of} phantoms.", done / of))

    cache = settings.library or Path(tempfile.gettempdir()) / "med3dvlm-libraries"
    return open_starter_library(
        engine.value(), settings.assets / "library", cache=cache, progress=progress
    )


def main() -> None:
    """Start loading, build the page, serve it."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logging.getLogger("med3dvlm").setLevel(logging.INFO)
    log.info("Med3DVLM: starting. The page comes first, the model loads behind it.")
    try:
        settings = settings_from(os.environ)
    except Med3DVLMError as error:
        sys.exit(str(error))
    engine: Slot[Engine] = Slot("The checkpoint", partial(make_engine, settings))
    services = Slot("The model", partial(make_services, engine))
    library: Slot[Library] = Slot("The library", partial(make_library, settings, engine))
    if loads_before_launch(os.environ):
        services.value()

    from med3dvlm.ui.app import build_page, launch_options
    from med3dvlm.volumes.limits import limits_from

    page = build_page(services, library, limits_from(settings))
    log.info("The page is built; the model and the library go on loading behind it.")
    for slot in (engine, services, library):
        slot.start()
    page.launch(**launch_options(settings))


if __name__ == "__main__":
    main()
