"""What a caller of an endpoint is told who leaves values out.

    with gr.Blocks() as page:
        build_api(...)
    name_missing_values(page, ENDPOINTS)

Gradio's clients fill in defaults; by plain HTTP all values are needed, and without them Gradio's
answer is an error without a word.
"""

from collections.abc import Collection
from inspect import signature
from typing import Any

import gradio as gr

REQUEST = "request"  # which Gradio itself gives


def name_missing_values(page: gr.Blocks, endpoints: Collection[str]) -> None:
    """Make a page answer calls of these endpoints that lack values with a sentence."""
    validate = page.validate_inputs

    def validate_or_say(block_fn: Any, inputs: list[Any]) -> None:
        if block_fn.api_name in endpoints and len(inputs) < len(block_fn.inputs):
            names = ", ".join(name for name in signature(block_fn.fn).parameters if name != REQUEST)
            raise gr.Error(
                f'{block_fn.api_name} needs {len(block_fn.inputs)} values in "data", in this '
                f"order: {names}. It got {len(inputs)}.",
                print_exception=False,
            )
        validate(block_fn, inputs)

    page.validate_inputs = validate_or_say  # type: ignore[method-assign]
