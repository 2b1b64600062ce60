from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from med3dvlm.ui.page.statistics import keep_no_statistics
from tests.hosting.conftest import run_apart


async def with_one_event() -> Any:
    with gr.Blocks() as page:
        gr.Button().click(lambda: None, api_name="press")
    return page.queue()


@pytest.mark.parametrize("spared", [False, True])
def test_no_event_is_remembered(monkeypatch: pytest.MonkeyPatch, spared: bool) -> None:
    """Gradio kept the session of each event, and made a table of 10,000 after the next."""
    page = run_apart(with_one_event())
    if spared:
        keep_no_statistics(page)
    join = {"data": [], "fn_index": 0, "session_hash": "hers"}
    for _ in range(3):
        answer = TestClient(page.app).post("/gradio_api/queue/join", json=join)
        assert answer.status_code == 200
    remembered = page._queue.event_analytics
    assert len(remembered) == (0 if spared else 3)
    if spared:
        monkeypatch.setattr(page._queue, "_get_df", None)
        page._queue.compute_analytics_summary(list(remembered.values()))
