"""Starts the app: `python app.py`. Settings are MED3DVLM_* and Gradio's own environment variables.

    python app.py                    # serve the page
    python app.py --model NAME       # another model: a folder, a hub name, VLM+DUAL
    python app.py --show-config      # print every setting, its value and its meaning
    python app.py --hash-password    # ask for a password, print what a login file holds of it

The page answers within seconds; the model and the library load behind it, and the page says so.
"""

import argparse
import gc
import getpass
import logging
import os
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

# Before Gradio is imported: medical data, so nothing is reported to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from med3dvlm.config import EMBEDDED, Settings, settings_from, table_of
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.gate.login import hashed
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.fallback import FallbackNotice, load_or_fall_back
from med3dvlm.hosting.models.loading import Loading, Progress, Tell
from med3dvlm.hosting.models.services import Services, loads_before_launch, observed, services_of
from med3dvlm.hosting.operations.logs import set_up_logging
from med3dvlm.hosting.operations.memory import give_back, share_heaps
from med3dvlm.hosting.operations.metrics import Metrics
from med3dvlm.hosting.server import SPACE, Server, open_server

if TYPE_CHECKING:
    from med3dvlm.engine.engine import Engine
    from med3dvlm.model.precision import Wanted
    from med3dvlm.retrieval import Library

log = logging.getLogger("med3dvlm.app")


def make_engine(
    settings: Settings, choice: ModelChoice, notice: FallbackNotice, tell: Tell
) -> "Engine":
    """Import what models need, which takes seconds, and load them."""
    tell(Progress("Starting up: importing the model's libraries."))
    import torch

    from med3dvlm.engine.open_model import open_engine

    if settings.threads:
        torch.set_num_threads(settings.threads)
    tell(Progress("Loading the model."))

    def load(name: str) -> "Engine":
        return open_engine(
            settings.source_of(name),
            device=settings.device,
            precision=cast("Wanted", settings.precision),
            tell=lambda what, share: tell(Progress(what, share)),
            prefix_bytes=settings.prefix_mb << 20,
        )

    allowed = settings.fallback or SPACE in os.environ
    return load_or_fall_back(load, choice.current, EMBEDDED, notice=notice, allowed=allowed)


def make_services(
    engine: "Loading[Engine]", metrics: Metrics, notice: FallbackNotice, tell: Tell
) -> Services:
    """The engine behind functions that a GPU host can schedule, timed."""
    for progress in engine.waiting():
        tell(progress)
    services = replace(services_of(engine.value()), notice=notice.text)
    return observed(services, metrics)


def make_library(assets: Path, cache: Path, engine: "Loading[Engine]", tell: Tell) -> "Library":
    """The starter library: as shipped, or built for this model with a progress bar."""
    from med3dvlm.engine.starter_library import open_starter_library

    def progress(done: int, of: int) -> None:
        tell(Progress(f"Building the library: {done} of {of} phantoms.", done / of))

    return open_starter_library(engine.value(), assets / "library", cache=cache, progress=progress)


def serve(settings: Settings) -> None:
    """Start loading, build the page, serve it until somebody ends it."""
    share_heaps()
    log.info("Med3DVLM: starting. The page comes first, the model loads behind it.")
    libraries = settings.library or Path(tempfile.gettempdir()) / "med3dvlm-libraries"
    # On ZeroGPU weights must be there before the page, so there is nothing to change later.
    zero = loads_before_launch(os.environ)
    choice = ModelChoice(settings.models[:1] if zero else settings.models)
    notice = FallbackNotice()
    engine: Loading[Engine] = Loading(
        "The checkpoint", partial(make_engine, settings, choice, notice)
    )
    metrics = Metrics()
    services = Loading("The model", partial(make_services, engine, metrics, notice))
    library: Loading[Library] = Loading(
        "The library", partial(make_library, settings.assets, libraries, engine)
    )
    server = open_server(settings, os.environ, model=services, library=library, metrics=metrics)
    choice.reload_on_change(engine, services, library)
    if zero:
        engine.make_here()  # the CUDA of ZeroGPU is emulated in the main thread alone
        services.make_here()
    serve_page(settings, server, services, library, choice)
    for loading in (engine, services, library):
        loading.give_up()


def clear_up(_session: str) -> None:
    """After a visit: what it took is the machine's again."""
    gc.collect()  # an idle server would not come to it for hours
    give_back()


def serve_page(
    settings: Settings,
    server: Server,
    services: Loading[Services],
    library: "Loading[Library]",
    choice: ModelChoice,
) -> None:
    """Build the page over what is still loading, and serve it."""
    from med3dvlm.ui.app import build_page, forget_session, launch_options
    from med3dvlm.volumes.limits import limits_from

    page = build_page(services, library, limits_from(settings), server, choice)
    server.ownership.when_gone(partial(forget_session, page))
    server.ownership.when_gone(clear_up)
    page.launch(**launch_options(settings, server))
    # Not before: Gradio gives its page three seconds to answer, and importing may take them all.
    log.info("The page is open; the model and the library load behind it.")
    for loading in (services, library):
        loading.start()
    server.wait_for_the_end()
    page.close()


def main() -> None:
    """Do what the command says."""
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--show-config", action="store_true", help="print the settings and end")
    parser.add_argument("--hash-password", action="store_true", help="for a login file")
    parser.add_argument("--model", help="folder or hub name, instead of MED3DVLM_MODEL")
    chosen = parser.parse_args()
    try:
        given = {"MED3DVLM_MODEL": chosen.model} if chosen.model else {}
        settings = settings_from({**os.environ, **given})
        if chosen.show_config:
            print(*table_of(settings), sep="\n")
        elif chosen.hash_password:
            print(hashed(getpass.getpass()))
        else:
            set_up_logging(settings.log, sys.stdout)
            serve(settings)
    except Med3DVLMError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
