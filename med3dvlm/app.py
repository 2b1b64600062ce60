"""Starts the app. Settings are MED3DVLM_* and Gradio's own environment variables.

    python -m med3dvlm app           # serve the page; installed, also: med3dvlm app
    python app.py                    # the same, from a checkout
    python app.py --model NAME       # another model: a folder, a hub name, VLM+DUAL
    python app.py --show-config      # print every setting, its value and its meaning
    python app.py --hash-password    # ask for a password and print its hash for a login file

The page opens within seconds. The model and the library load in the background, and the page shows
their progress.
"""

import argparse
import getpass
import io
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

# Set before Gradio is imported: the app handles medical data, so Gradio sends no usage reports.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from med3dvlm.config import EMBEDDED, Settings, settings_from, table_of
from med3dvlm.errors import LibraryError, Med3DVLMError, OtherModelError
from med3dvlm.hosting.gate.connections import limit_connections
from med3dvlm.hosting.gate.login import hashed
from med3dvlm.hosting.gate.middleware import stand_in_front
from med3dvlm.hosting.models.choice import ModelChoice
from med3dvlm.hosting.models.fallback import FallbackNotice, load_or_fall_back
from med3dvlm.hosting.models.loading import Loading, Progress, Tell
from med3dvlm.hosting.models.services import Services, loads_before_launch, observed, services_of
from med3dvlm.hosting.operations.address import ADDRESS, checked_address
from med3dvlm.hosting.operations.logs import set_up_logging
from med3dvlm.hosting.operations.memory import (
    keep_for_good,
    leave_out,
    put_off_collections,
    share_heaps,
)
from med3dvlm.hosting.operations.metrics import Metrics
from med3dvlm.hosting.operations.server_folder import leave_at_a_signal, libraries_folder
from med3dvlm.hosting.operations.switching import switch_often
from med3dvlm.hosting.operations.tidying import Tidying
from med3dvlm.hosting.server import SPACE, Server, open_server

if TYPE_CHECKING:
    from med3dvlm.engine.engine import Engine
    from med3dvlm.model.precision import Wanted
    from med3dvlm.retrieval import Library
    from med3dvlm.retrieval.vector_store import VectorStore

OWN = ""  # the name of the library that comes with the app

log = logging.getLogger("med3dvlm.app")


def make_engine(
    settings: Settings, choice: ModelChoice, notice: FallbackNotice, tell: Tell
) -> "Engine":
    """Import the model libraries, which takes seconds, and load the model."""
    tell(Progress("Starting up: importing the model's libraries."))
    import torch

    from med3dvlm.engine.open_model import open_engine

    leave_out()
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
    """Wrap the engine in timed functions that a GPU host can schedule."""
    for progress in engine.waiting():
        tell(progress)
    services = replace(services_of(engine.value()), notice=notice.text)
    return observed(services, metrics)


def make_library(settings: Settings, engine: "Loading[Engine]", tell: Tell) -> "Library":
    """Open the shipped starter library, or build one for this model with a progress bar."""
    from med3dvlm.engine.starter_library import open_starter_library
    from med3dvlm.engine.understanding.lexicon import whole_lexicon

    def progress(done: int, of: int) -> None:
        tell(Progress(f"Building the library: {done} of {of} phantoms.", done / of))

    whole_lexicon()  # a second of work, which the first who search would all begin
    shipped = settings.assets / "library"
    cache = libraries_of(settings)
    return open_starter_library(engine.value(), shipped, cache=cache, progress=progress)


def open_further(name: str, place: str, engine: "Loading[Engine]", tell: Tell) -> "VectorStore":
    """Open a library that the page offers besides; visitors don't learn where it lies."""
    from med3dvlm.retrieval.opening import open_made_by

    for progress in engine.waiting():
        tell(progress)
    try:
        return open_made_by(place, model=engine.value().retrieval_key)
    except OtherModelError as error:
        log.error("The library %s: %s", name, error)  # noqa: TRY400  (its sentence is enough)
        raise OtherModelError(
            "its vectors were made by another model than the one loaded"
        ) from None
    except LibraryError as error:
        log.error("The library %s: %s", name, error)  # noqa: TRY400  (its sentence is enough)
        raise LibraryError("it can't be opened. The log of the app says why.") from None


def libraries_of(settings: Settings) -> Path:
    """Where libraries for other models are kept; without a home, as long as the server runs."""
    kept = settings.library or libraries_folder(os.environ)
    return kept or Path(tempfile.mkdtemp(prefix="med3dvlm-libraries-"))


def serve(settings: Settings) -> None:
    """Start loading, build the page and serve it until the process is stopped."""
    share_heaps()
    put_off_collections()
    switch_often()
    address = checked_address(os.environ)
    log.info("Starting Med3DVLM. The page opens first; the model loads in the background.")
    # ZeroGPU needs the weights before the page is launched, so the model can't be changed later.
    zero = loads_before_launch(os.environ)
    choice = ModelChoice(settings.models[:1] if zero else settings.models)
    notice = FallbackNotice()
    engine: Loading[Engine] = Loading(
        "The checkpoint", partial(make_engine, settings, choice, notice)
    )
    metrics = Metrics()
    services = Loading("The model", partial(make_services, engine, metrics, notice))
    library: Loading[Library] = Loading("The library", partial(make_library, settings, engine))
    libraries: dict[str, Loading[VectorStore]] = {
        name: Loading(f"The library \u201c{name}\u201d", partial(open_further, name, place, engine))
        for name, place in settings.further_libraries.items()
    }
    server = open_server(settings, os.environ, model=services, library=library, metrics=metrics)
    server.folder.take_temporary_files(os.environ)
    choice.reload_on_change(engine, services, library, *libraries.values())
    if zero:
        engine.make_here()  # ZeroGPU emulates CUDA in the main thread only
        services.make_here()
    serve_page(settings, server, services, {OWN: library, **libraries}, choice, address=address)
    every: tuple[Loading[Any], ...] = (engine, services, library, *libraries.values())
    for held in every:
        held.give_up()
    for loading in (engine, services):
        if loading.failed:
            loading.value()  # which says why


def settle(*loadings: Loading[Any]) -> None:
    """Once everything is loaded, leave it out of later collections of garbage."""
    for loading in loadings:
        for _ in loading.waiting():
            pass
    keep_for_good()


def serve_page(
    settings: Settings,
    server: Server,
    services: Loading[Services],
    libraries: Mapping[str, Loading[Any]],
    choice: ModelChoice,
    *,
    address: str,
) -> None:
    """Build the page while the models are still loading, and serve it.

    Where there is no other model to choose, it ends if the only one can't be loaded.
    """
    os.environ.pop(ADDRESS, None)  # Gradio looks for a free port there, and knows IPv4 alone
    from med3dvlm.ui.app import build_page, forget_session, launch_options
    from med3dvlm.ui.mcp_answers import answer_in_json
    from med3dvlm.ui.page.fetching import fetch_for
    from med3dvlm.ui.page.not_valid import answer_briefly
    from med3dvlm.ui.page.states import keep_open_pages
    from med3dvlm.volumes.limits import limits_from

    further = dict(libraries)
    library = further.pop(OWN)
    fetch_for(settings, server)
    page = build_page(services, library, limits_from(settings), server, choice, further)
    server.ownership.when_gone(partial(forget_session, page))
    server.ownership.when_swept(Tidying())
    leave_out()
    with redirect_stdout(io.StringIO()):  # Gradio tells of its tools, which is no line of the log
        page.launch(**launch_options(settings, server), server_name=address)
    answer_briefly(page.app)
    stand_in_front(page.app, server.guard)
    if not server.guard.rules.proxy:
        limit_connections(page.server.config, settings.connections_of_address)
    answer_in_json(page.mcp_server_obj)
    if server.logins:
        page.app.tokens = server.logins.tokens
    keep_open_pages(page, server.ownership.sessions.is_open)
    # Not earlier: Gradio waits three seconds for its page, and the imports could use them up.
    log.info("The page is open at %s; the model and the library load.", page.local_url)
    for loading in (services, library):
        loading.start()
    threading.Thread(target=settle, args=(services, library), daemon=True).start()
    server.readers.warm_up()
    server.wait_for_the_end(needed=services if len(choice.names) == 1 else None)
    page.close(verbose=False)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the app's command line."""
    parser.add_argument("--show-config", action="store_true", help="print the settings and exit")
    parser.add_argument("--hash-password", action="store_true", help="print a login file's hash")
    parser.add_argument("--model", help="folder or hub name, instead of MED3DVLM_MODEL")


def main(arguments: Sequence[str] | None = None, *, program: str = "python app.py") -> None:
    """Run the command line.

    Args:
        arguments: what was typed behind the program's name; of this process if None.
        program: the name it was started by.
    """
    parser = argparse.ArgumentParser(
        prog=program, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    chosen = parser.parse_args(arguments)
    try:
        given = {"MED3DVLM_MODEL": chosen.model} if chosen.model else {}
        settings = settings_from({**os.environ, **given})
        if chosen.show_config:
            print(*table_of(settings), sep="\n")
        elif chosen.hash_password:
            print(hashed(getpass.getpass()))
        else:
            set_up_logging(settings.log, sys.stdout)
            leave_at_a_signal()
            serve(settings)
    except Med3DVLMError as error:
        sys.exit(str(error))
