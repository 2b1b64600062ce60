"""A state of the tab as a link: what it holds, what it doesn't, and how the page follows it."""

import html
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.ui.explain.changes.part import WITHOUT_ORGAN, names_of
from med3dvlm.ui.explain.lesions.painting import OPEN_SCAN, PHANTOM
from med3dvlm.ui.explain.links.controls import LONGEST, value_of
from med3dvlm.ui.explain.links.part import LinkPart
from med3dvlm.ui.page.session import Scan
from tests.ui.conftest import Parts

STATES: dict[str, dict[str, Any]] = {
    "maps": {"method": "Occlusion", "wanted": "a <b>stone</b>?", "covered": "blurred"},
    "lesions": {
        "source": PHANTOM, "kind": "kidney stone", "place": "left kidney", "size": 9,
        "contrast": 0.5, "person": 30000007, "curve": "Contrast",
    },
    "changes": {"change": "blank", "kind": "liver cyst"},
    "cells": {"show": "Cells as colours", "grid": "High grid (coarser)", "follow": True},
    "grounding": {"phantoms": 7},
    "answer": {"question": "Is there a stone?"},
    "prompts": {
        "kind": "liver cyst", "states": "one\ntwo", "denies": "none", "people": 5,
        "threshold": 0.25,
    },
    "built": {
        "topic": "What a cell sees", "grid": "High grid", "layer": "my own", "kernel": 5,
        "channels": 64, "apart": False, "edge": 12,
    },
}  # fmt: skip


@pytest.fixture
def links(parts: Parts) -> LinkPart:
    return parts.explain.links


def value(update: Any) -> Any:
    return update.value if isinstance(update, gr.components.Component) else update


def written(
    links: LinkPart, name: str, scan: Scan | None, state: dict[str, Any], inside: Any = None
) -> dict[str, str]:
    """The query of the link to a state, as a browser reads it."""
    said = {links.linked[name].controls[key]: value for key, value in state.items()}
    values = [said.get(one) for one in links._components]
    held = links.write(links.linked[name].title, (1.0, 2.0, 3.0), inside, scan, *values)
    shown = held[links.address]
    (address,) = re.findall(r"href='\?([^']*)'", shown)
    assert "<b>" not in shown
    return dict(parse_qsl(html.unescape(address)))


@pytest.mark.parametrize("name", STATES)
def test_a_state_comes_back_by_its_link(
    links: LinkPart, scan: Scan, visitor: gr.Request, name: str
) -> None:
    state = STATES[name]
    query = written(links, name, scan, state)
    assert (query["explain"], query["scan"], query["at"]) == (name, str(scan.seed), "1,2,3")
    visitor.query_params = query
    held = links.follow(False, scan, visitor)
    controls = links.linked[name].controls
    for key, said in state.items():
        assert value(held[controls[key]]) == said, key
    assert held[links.go] == name
    assert held[links.tabs].selected == name
    assert set(held) <= {links.arrived, links.go, links.tabs, *links._components, *links._more}


def test_every_part_of_the_tab_has_links(links: LinkPart) -> None:
    assert set(STATES) == set(links.linked)
    for name, state in STATES.items():
        assert set(state) | {"organ"} >= set(links.linked[name].controls)


def test_the_organ_of_a_phantom_is_in_the_link_and_no_name_of_a_visitors_labels(
    links: LinkPart, scan: Scan, visitor: gr.Request
) -> None:
    state = {"change": WITHOUT_ORGAN, "kind": "liver cyst"}
    organ = names_of(scan, None)[1]
    query = written(links, "changes", scan, state | {"organ": organ})
    assert query["organ"] == organ
    visitor.query_params = query
    held = links.follow(False, scan, visitor)
    assert held[links.linked["changes"].controls["organ"]].value == organ
    assert "organ" not in written(links, "changes", scan, state | {"organ": "Mary's tumour"})


def test_nothing_of_a_visitors_scan_is_in_a_link(links: LinkPart, real_scan: Scan) -> None:
    query = written(links, "maps", real_scan, STATES["maps"])
    assert set(query) == {"explain", *STATES["maps"]}
    assert "Mary" not in str(query)
    held = links.write("Maps", None, None, real_scan, *[None for _ in links._components])
    assert "Your own scan is not in it" in held[links.address]


def test_a_question_of_the_chat_is_in_the_link(links: LinkPart, scan: Scan) -> None:
    inside: Any = SimpleNamespace(question="Where is it?")
    assert written(links, "answer", scan, {}, inside)["question"] == "Where is it?"


def test_a_link_is_followed_once_and_any_other_address_never(
    links: LinkPart, scan: Scan, visitor: gr.Request
) -> None:
    visitor.query_params = {"explain": "maps"}
    assert links.follow(True, scan, visitor) == {}
    assert links.follow(False, None, visitor) == {}, "its scan is not open yet"
    visitor.query_params = {"lesson": "1"}
    assert links.follow(False, scan, visitor) == {links.arrived: True}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"explain": "<b>"}, "names no part"),
        ({"explain": "maps", "method": "Magic"}, "&#x27;Magic&#x27;"),
        ({"explain": "lesions", "kind": "hangnail"}, "hangnail"),
        ({"explain": "lesions", "kind": "kidney stone", "size": "900"}, "900"),
        ({"explain": "lesions", "source": OPEN_SCAN, "kind": "pneumothorax"}, "pneumothorax"),
        ({"explain": "lesions", "person": "-1"}, "whole number"),
        ({"explain": "grounding", "phantoms": "nan"}, "nan"),
        ({"explain": "cells", "follow": "1"}, "follow"),
        ({"explain": "changes", "change": WITHOUT_ORGAN, "organ": "x"}, "organ"),
        ({"explain": "answer", "question": "x" * 5000}, "question"),
    ],
)
def test_what_a_link_sets_is_checked(
    links: LinkPart, scan: Scan, visitor: gr.Request, query: dict[str, str], told: str
) -> None:
    visitor.query_params = query
    held = links.follow(False, scan, visitor)
    assert set(held) == {links.address, links.arrived}
    assert told in held[links.address]
    assert "<b>" not in held[links.address]


def test_a_text_too_long_for_a_link_is_refused(links: LinkPart, scan: Scan) -> None:
    with pytest.raises(PromptError, match="too long for a link"):
        written(links, "answer", scan, {"question": "x" * (LONGEST + 1)})
    with pytest.raises(PromptError, match="names no part"):
        links.write("", None, None, scan, *[None for _ in links._components])


def test_another_scan_takes_the_link_away(links: LinkPart) -> None:
    assert links.turn_to() == {links.address: ""}


def test_a_layer_of_another_model_is_what_the_sliders_say(
    links: LinkPart, scan: Scan, visitor: gr.Request
) -> None:
    visitor.query_params = {"explain": "built", "layer": "stem", "kernel": "9"}
    held = links.follow(False, scan, visitor)
    controls = links.linked["built"].controls
    assert held[controls["layer"]].value == "my own"
    assert value(held[controls["kernel"]]) == 9
    assert value_of(gr.Checkbox(), "apart", "no") is False
