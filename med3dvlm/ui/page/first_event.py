"""Lets the first event of a server begin at once.

spare_matplotlib()      # from then on

Around each event, Gradio sets how matplotlib draws, and imports it for that: a third of a second
in which nobody is answered. Handlers of this page draw without it.
"""

from contextlib import nullcontext

from gradio import utils


def spare_matplotlib() -> None:
    """Replace what sets how matplotlib draws."""
    utils.MatplotlibBackendMananger = nullcontext  # type: ignore[misc, assignment]
