"""Nobody pushes another's open scan out."""

from types import SimpleNamespace
from typing import Any

import pytest

from med3dvlm.ui.page.states import keep_open_pages


@pytest.fixture
def page() -> Any:
    """What a launched page has of which a state is made."""
    config = SimpleNamespace(blocks={})
    return SimpleNamespace(
        app=SimpleNamespace(), default_config=config, blocks={}, state_session_capacity=5
    )


def test_the_state_of_an_open_page_stays_whatever_names_are_sent(page: Any) -> None:
    """210 names, sent to any address that takes one, closed the scan of everybody else."""
    keep_open_pages(page, {"anna"}.__contains__)
    states = page.app.state_holder
    states["anna"].state_data[0] = "her scan"
    for number in range(12):
        assert not states[f"stranger {number}"].state_data
    assert states["anna"].state_data[0] == "her scan"
    assert len(states.session_data) == 5
    assert len(states.time_last_used) == 5
    assert page.state_holder is states


def test_open_pages_above_the_capacity_are_all_kept(page: Any) -> None:
    keep_open_pages(page, lambda _: True)
    states = page.app.state_holder
    for number in range(8):
        states[f"page {number}"].state_data[0] = number
    assert len(states.session_data) == 8
