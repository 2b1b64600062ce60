"""Whether the scan that is open is the one that is meant.

scan_meant(switches, request, scan)
"""

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.ui.page.session import Scan, opened
from med3dvlm.ui.page.stopping import OPEN, Switches

STILL_OPENING = "The scan is still being opened. Try again once it is shown."


def settled(switches: Switches, request: gr.Request) -> None:
    """Raise while another scan is being opened.

    Raises:
        PromptError: one is.
    """
    if switches.current(request, OPEN):
        raise PromptError(STILL_OPENING)


def scan_meant(switches: Switches, request: gr.Request, scan: Scan | None) -> Scan:
    """The open scan.

    Raises:
        PromptError: none is open, or another one is being opened.
    """
    settled(switches, request)
    return opened(scan)
