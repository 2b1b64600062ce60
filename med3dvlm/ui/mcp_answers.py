"""What the tools answer to language models, as JSON.

    page.launch(mcp_server=True)
    answer_in_json(page.mcp_server_obj)

Gradio's own text is Python's: None, True and single quotes, which no client can parse.
"""

import json
from typing import Any


def answer_in_json(server: Any) -> None:
    """Make an MCP server write objects and lists as JSON; without a server, nothing happens."""
    if server is None:
        return
    written = server.postprocess_output_data

    def in_json(data: list[Any], root_url: str) -> Any:
        return written([_text(output) for output in data], root_url)

    server.postprocess_output_data = in_json


def _text(output: Any) -> Any:
    return json.dumps(output, ensure_ascii=False) if isinstance(output, dict | list) else output
