"""Keeps Gradio from statistics of events: after each it counts the last 10,000 all over again.

    page.queue(...)
    keep_no_statistics(page)

A busy server spent more on that than on the event, and kept the session of each.
"""

import gradio as gr


def keep_no_statistics(page: gr.Blocks) -> None:
    """Let the queue of a page remember no event that is over."""
    page._queue.ANALYTICS_MAX_EVENTS = 0
