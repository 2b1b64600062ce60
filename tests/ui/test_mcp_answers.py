"""The text of tools' answers, without a server."""

import json
from types import SimpleNamespace
from typing import Any

from med3dvlm.ui.mcp_answers import answer_in_json


def test_objects_and_lists_are_written_as_json() -> None:
    server: Any = SimpleNamespace(
        postprocess_output_data=lambda data, root: [f"{root}{part}" for part in data]
    )
    answer_in_json(server)
    given = {"probability": None, "options": {"\u80ba": 0.5}, "yes": True}
    text, others, plain = server.postprocess_output_data([given, [given], "text"], "")
    assert json.loads(text) == given
    assert json.loads(others) == [given]
    assert "\u80ba" in text
    assert plain == "text"


def test_without_a_server_nothing_happens() -> None:
    answer_in_json(None)
