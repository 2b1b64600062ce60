"""Of an upload that is over nothing is kept."""

from types import SimpleNamespace
from typing import Any

from gradio.routes import file_upload_statuses
from gradio.state_holder import StateHolder

from med3dvlm.hosting.gate.sessions import UPLOADING
from med3dvlm.ui.app import forget_session
from tests.hosting.conftest import run_apart


def test_names_of_uploads_are_forgotten() -> None:
    """Each that was asked for, or sent without anybody asking, stayed until the server's end."""
    page: Any = SimpleNamespace(state_holder=StateHolder())

    async def use() -> None:
        for name in ("first", "second", "third"):
            file_upload_statuses.append(name, "scan.nii", b"xx")

    run_apart(use())
    forget_session(page, f"{UPLOADING}first")
    forget_session(page, "second")  # a page that is called so
    forget_session(page, f"{UPLOADING}unknown")
    for kept in (file_upload_statuses._statuses, file_upload_statuses._signals):
        assert {"second", "third"} <= kept.keys()
        assert not {"first", "unknown"} & kept.keys()
        del kept["second"], kept["third"]
