"""How a scan was prepared for the model, in words.

`in_words` names what differs from the training, for the line in the chat where it changes.
"""

from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.window import Window


def in_words(choice: InputChoice) -> str:
    """What differs from the training, in a few words."""
    if choice == AS_TRAINED:
        return "the input as in training"
    parts = [] if choice.window is None else [_window(choice.window)]
    if not choice.crop:
        parts.append("not cropped")
    if choice.published is not None:
        parts.append("not smoothed" if choice.published else "smoothed")
    return ", ".join(parts)


def _window(window: Window) -> str:
    known = f"{window.name.lower()} window" if window.name else "a window of your own"
    return f"{known} (level {window.center:g}, width {window.width:g})"
