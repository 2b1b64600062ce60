"""The plots, laid out without a page around them."""

import asyncio
import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.components.plot import PlotData

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.retrieval import Library
from med3dvlm.ui.page.session import Scan, session_states
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan import plots as scan_plots
from med3dvlm.ui.scan.plots import ScanPlots
from med3dvlm.ui.search import plots as search_plots
from med3dvlm.ui.search import shelf as search_shelf
from med3dvlm.ui.search.plots import SearchPlots
from med3dvlm.ui.search.shelf import FIRST
from med3dvlm.volumes.volume import Volume, canonical_affine


async def lay_out() -> tuple[ScanPlots, SearchPlots]:
    with gr.Blocks():
        session = session_states()
        scan = scan_plots.build(session, gr.Tabs())
        shelf = search_shelf.build(
            {FIRST: Loading("The library", lambda tell: None)}, {}, Switches()
        )
        search = search_plots.build(session, shelf, gr.State(None))
        scan.wire(Turning(session.scan))
        search.wire()
    return scan, search


def read(plot: PlotData) -> SimpleNamespace:
    """What a plot was given: `data`, `layout` and `config`, arrays as lists."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict) and "bdata" in value:
            return np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
        if isinstance(value, dict):
            return SimpleNamespace(**{key: plain(part) for key, part in value.items()})
        return [plain(part) for part in value] if isinstance(value, list) else value

    return plain(json.loads(plot.plot))


@pytest.fixture
def shown_in() -> Callable[[PlotData], SimpleNamespace]:
    return read


@pytest.fixture(scope="package")
def built(cache: Path) -> tuple[ScanPlots, SearchPlots]:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(lay_out())).result()


@pytest.fixture
def plots(built: tuple[ScanPlots, SearchPlots]) -> ScanPlots:
    return built[0]


@pytest.fixture
def of_search(built: tuple[ScanPlots, SearchPlots], library: Library) -> SearchPlots:
    loading = Loading("The library", lambda tell: library)
    loading.value()
    return replace(built[1], shelf=replace(built[1].shelf, libraries={FIRST: loading}))


def ball(unit: str = "HU", **more: object) -> Scan:
    """100 at the middle, falling by one a mm."""
    z, y, x = np.mgrid[:30, :40, :50]
    r = np.sqrt((2 * (z - 15)) ** 2 + (y - 20) ** 2 + (x - 25) ** 2)
    voxels = (500 - 20 * r).astype(np.int16)
    affine = canonical_affine((2.0, 1.0, 1.0), (5.0, 6.0, 7.0))
    return Scan(volume=Volume(voxels=voxels, affine=affine, unit=unit, **more), name="Ball")


@pytest.fixture
def hounsfield() -> Scan:
    return ball()


@pytest.fixture
def unitless() -> Scan:
    return ball("arbitrary", orientation_known=False)
