"""Decides whether this server fetches a file that a call names by its address on another one.

    fetch_for(settings, server)         # only where there are tools, which take an address

Gradio fetches whatever address stands where a file should, for anybody: it keeps all of the answer
in memory, asks a public name service about names that lead into this network, and reads the
certificates of the machine on the event loop for each.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NoReturn

import gradio as gr
from gradio import processing_utils

from med3dvlm.config import Settings
from med3dvlm.hosting.gate.apart import apart
from med3dvlm.hosting.reading.addresses import FetchLimits, fetched
from med3dvlm.hosting.server import Server
from med3dvlm.ui.page.boundary import errors_for_callers

NOT_HERE = "This server does not fetch files from other addresses. Upload the file, and name that."
FETCHING = ThreadPoolExecutor(4, thread_name_prefix="fetching")


async def _refused(*_: object, **__: object) -> NoReturn:
    raise gr.Error(NOT_HERE, print_exception=False)


def _refused_at_once(*_: object, **__: object) -> NoReturn:
    raise gr.Error(NOT_HERE, print_exception=False)


def fetch_for(settings: Settings, server: Server) -> None:
    """Fetch for the tools, no more than may be uploaded; without tools, nothing."""
    if settings.mcp:
        room = server.guard.room.check_all
        fetch_within(FetchLimits(size=settings.max_upload_mb << 20, check_room=room))
    else:
        fetch_nothing()


def fetch_nothing() -> None:
    """Refuse every address, with a sentence for the caller."""
    processing_utils.async_ssrf_protected_download = _refused
    processing_utils.async_ssrf_protected_get = _refused
    processing_utils.ssrf_protected_download = _refused_at_once
    processing_utils.save_url_to_cache = _refused_at_once


def fetch_within(limits: FetchLimits) -> None:
    """Fetch the files of calls within bounds, away from the event loop; refuse all else."""

    async def download(url: str, cache_dir: str) -> str:
        with errors_for_callers():
            return str(await apart(FETCHING, partial(fetched, url, Path(cache_dir), limits)))

    fetch_nothing()
    processing_utils.async_ssrf_protected_download = download
