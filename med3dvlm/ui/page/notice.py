"""Short messages to the user as HTML; all text is escaped.

yield {notice: busy("Reading the scan.")}
yield {notice: problem(str(error))}
yield {notice: NOTHING}
"""

from collections.abc import Sequence
from html import escape

from med3dvlm.hosting.models.loading import Progress
from med3dvlm.hosting.models.queue import QueuePlace

NOTHING = ""


def busy(text: str, share: float | None = None) -> str:
    """A running task; with `share`, a progress bar."""
    bar = ""
    if share is not None:
        bar = f'<progress max="100" value="{100 * share:.0f}"></progress>'
    return f'<div class="notice busy" role="status"><i></i><span>{escape(text)}</span>{bar}</div>'


def queued(title: str, texts: Sequence[str]) -> str:
    """What waits for something, in its order."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return (
        f'<div class="notice busy" role="status"><i></i><span>{escape(title)}</span>'
        f"<ol>{items}</ol></div>"
    )


def loading(progress: Progress) -> str:
    """What is being loaded."""
    return busy(progress.note, progress.share)


def standing(place: QueuePlace) -> str:
    """The place in the queue, and about how long it takes."""
    before = "you are next" if place.ahead == 0 else f"{place.ahead} ahead of you"
    seconds = max(1, round(place.seconds))
    wait = f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} minutes"
    return busy(f"Waiting for the model: {before}, about {wait}.")


def told(text: str) -> str:
    """Something worth knowing."""
    return f'<div class="notice" role="status"><span>{escape(text)}</span></div>'


def warning(title: str, text: str) -> str:
    """Something that must not be missed."""
    return (
        f'<div class="notice warning" role="alert">'
        f"<span><strong>{escape(title)}</strong> {escape(text)}</span></div>"
    )


def problem(text: str) -> str:
    """What went wrong and what to do."""
    return f'<div class="notice problem" role="alert"><span>{escape(text)}</span></div>'
