"""What pages and callers send, without halves of characters.

    take_whole_texts(page)

JavaScript cuts text in the middle of an emoji, and pages send what is cut. No tokenizer takes the
half, and Gradio can't send it back: the question was answered by an error, and lost.
"""

from typing import Any

import gradio as gr

from med3dvlm.values import whole_text


def take_whole_texts(page: gr.Blocks) -> None:
    """Have every event of a page get its texts without halves of characters."""
    validate = page.validate_inputs

    def validate_whole(block_fn: Any, inputs: list[Any]) -> None:
        inputs[:] = map(whole, inputs)
        validate(block_fn, inputs)

    page.validate_inputs = validate_whole  # type: ignore[method-assign]


def whole(value: Any) -> Any:
    """A value of JSON with all of its texts whole."""
    if isinstance(value, str):
        return value if value.isascii() else whole_text(value)
    if isinstance(value, list):
        return [whole(one) for one in value]
    if isinstance(value, dict):
        return {whole(name): whole(one) for name, one in value.items()}
    return value
