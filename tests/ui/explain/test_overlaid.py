"""Several parts lay maps over one scan: each says whose it is, and comes back with its part."""

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.explain.map_files import overlay_of
from med3dvlm.ui.explain.overlaid import laid, laid_again, lifted
from med3dvlm.ui.explain.tab import ExplainTab
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.looks import with_overlay
from tests.ui.conftest import Parts
from tests.ui.explain.conftest import a_map


@pytest.fixture
def mine(scan: Scan) -> Scan:
    """A copy, of which the viewer was told nothing yet."""
    return replace(scan)


@pytest.fixture
def tab(parts: Parts) -> ExplainTab:
    return parts.explain


def opened(tab: ExplainTab, part: str, scan: Scan | None) -> Any:
    return tab.look_in(gr.SelectData(None, {"index": 0, "value": part}), scan)


def overlay() -> Any:
    return overlay_of(a_map())


def test_a_map_says_whose_it_is_and_lies_there_again_when_its_part_is_opened(
    tab: ExplainTab, mine: Scan
) -> None:
    """A map of Cells lay over the scan while Maps said that its own did."""
    first = laid("Maps", mine, None, overlay(), crosshair=(1, 2, 3)).overlay
    assert first is not None
    assert first.legend == "a legend (Maps)"
    assert laid_again("Maps", mine) is None, "it lies there still"
    laid("Cells", mine, None, overlay())
    again = opened(tab, "Maps", mine)
    assert again.overlay is first
    assert opened(tab, "Cells", mine).overlay.legend == "a legend (Cells)"


def test_a_part_without_a_map_leaves_what_lies_there(tab: ExplainTab, mine: Scan) -> None:
    laid("Maps", mine, None, overlay())
    for part, scan in (("Grounding", mine), ("Maps", mine), ("Maps", None)):
        assert opened(tab, part, scan) == gr.skip()


def test_only_ones_own_map_is_taken_away(mine: Scan) -> None:
    laid("Maps", mine, None, overlay())
    assert lifted("Cells", mine) is None
    labels = with_overlay(mine, None, overlay()).overlay
    assert lifted("Maps", mine) is None, "labels lie there"
    assert mine.looks.overlay is labels
    laid("Maps", mine, None, overlay())
    bare = lifted("Maps", mine)
    assert bare is not None
    assert bare.overlay is None
    assert laid_again("Maps", mine) is None
