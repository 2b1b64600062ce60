"""Fills in what a caller of an endpoint leaves out, or tells what is missing.

    with gr.Blocks() as page:
        build_api(...)
    fill_missing_values(page, ENDPOINTS)

Gradio's clients fill in defaults. By plain HTTP Gradio itself needs all values, and its answer
without them is an error without a word.
"""

from collections.abc import Collection
from inspect import Parameter, signature
from typing import Any

import gradio as gr

REQUEST = "request"  # which Gradio itself gives


def fill_missing_values(page: gr.Blocks, endpoints: Collection[str]) -> None:
    """Make a page fill in defaults of these endpoints, and answer a lack of others in words."""
    validate = page.validate_inputs

    def validate_or_say(block_fn: Any, inputs: list[Any]) -> None:
        if block_fn.api_name in endpoints and len(inputs) < len(block_fn.inputs):
            _fill(block_fn, inputs)
        validate(block_fn, inputs)

    page.validate_inputs = validate_or_say  # type: ignore[method-assign]


def _fill(block_fn: Any, inputs: list[Any]) -> None:
    """Add the defaults to what was given.

    Raises:
        Error: a value without a default is missing.
    """
    values = [one for one in signature(block_fn.fn).parameters.values() if one.name != REQUEST]
    missing = [one.default for one in values[len(inputs) :]]
    if Parameter.empty in missing:
        needed = sum(one.default is Parameter.empty for one in values)
        raise gr.Error(
            f'{block_fn.api_name} needs {needed} values in "data" at least, in this '
            f"order: {', '.join(one.name for one in values)}. It got {len(inputs)}.",
            print_exception=False,
        )
    inputs += missing
