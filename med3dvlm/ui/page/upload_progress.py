"""Lets go of what Gradio notes of an upload's progress, which it keeps for as long as it runs.

forget_progress(name)       # of a session that is over; those of uploads have names of their own
"""

from gradio.routes import file_upload_statuses

from med3dvlm.hosting.gate.sessions import UPLOADING


def forget_progress(name: str) -> None:
    """Forget an upload, and whoever asked how far it is; other sessions are nothing to this."""
    if name.startswith(UPLOADING):
        upload = name.removeprefix(UPLOADING)
        file_upload_statuses._statuses.pop(upload, None)
        file_upload_statuses._signals.pop(upload, None)
