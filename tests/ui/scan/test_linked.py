"""The scan of a link: one that comes with the app, and never a visitor's own."""

from dataclasses import replace
from html import escape

import gradio as gr
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.examples import EXAMPLE_SEEDS
from med3dvlm.ui.scan.linked import NO_SCAN, first_scan, linked_scan, scan_part
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.grid import InputChoice
from med3dvlm.volumes.window import BONE

SEED = EXAMPLE_SEEDS[3]


def test_a_phantom_comes_back_at_its_place_and_as_it_was_read() -> None:
    choice = InputChoice(window=replace(BONE, name=""), crop=False, published=True)
    made = linked_scan({"scan": str(SEED)})
    assert made is not None
    query = scan_part(replace(made, choice=choice), (10.0, 20.0, 30.0))
    assert query == {
        "scan": str(SEED), "at": "10,20,30", "window": "300,1500", "crop": "no",
        "resize": "published",
    }  # fmt: skip
    again = linked_scan(query)
    assert again is not None
    assert again.volume.digest == made.volume.digest
    assert (again.center, again.choice) == ((10, 20, 30), choice)


def test_a_real_example_is_its_card() -> None:
    scan = linked_scan({"scan": "real:crlm-1004"})
    assert scan is not None
    assert scan.credit
    assert scan_part(scan, None)["scan"] == "real:crlm-1004"


def test_nothing_of_a_visitors_scan_is_in_a_link(real_scan: Scan) -> None:
    assert scan_part(real_scan, (1.0, 2.0, 3.0)) == {}
    assert scan_part(replace(real_scan, card="Mary"), None) == {}
    assert scan_part(None, None) == {}
    assert linked_scan({}) is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"scan": "Mary.nii"}, "comes with the app"),
        ({"scan": "real:mary"}, "comes with the app"),
        ({"scan": "9" * 12}, "comes with the app"),
        ({"scan": str(SEED), "at": "1,2"}, "three numbers"),
        ({"scan": str(SEED), "at": "1,2,nan"}, "three numbers"),
        ({"scan": str(SEED), "at": "1,2,-3"}, "three numbers"),
        ({"scan": str(SEED), "window": "40,0"}, "a level and a width"),
        ({"scan": str(SEED), "window": "wide"}, "a level and a width"),
    ],
)
def test_a_link_to_no_scan_is_refused(query: dict[str, str], told: str) -> None:
    with pytest.raises(PromptError, match=told):
        linked_scan(query)


def test_a_place_outside_is_the_edge() -> None:
    scan = linked_scan({"scan": str(SEED), "at": "5000,1,1"})
    assert scan is not None
    assert scan.center == (scan.volume.shape[0] - 1, 1, 1)


def test_the_page_opens_with_the_scan_of_its_link(panel: ScanPanel, visitor: gr.Request) -> None:
    visitor.query_params = {"scan": str(SEED)}
    *_, held = panel.welcome(None, visitor)
    assert held[panel.session.scan].seed == SEED
    visitor.query_params = {"scan": "Mary.nii"}
    *shown, said = panel.welcome(None, visitor)
    assert shown[-1][panel.session.scan].seed == EXAMPLE_SEEDS[0]
    assert escape(NO_SCAN) in said[panel.notice]
    assert first_scan({})[1] == ""
