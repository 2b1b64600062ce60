from collections.abc import AsyncIterator

import pytest
from gradio import route_utils
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException

from med3dvlm.ui.page.upload_forms import FilesAlone, take_files_alone
from tests.hosting.conftest import run_apart

HEADERS = Headers({"content-type": "multipart/form-data; boundary=x"})
FILE = 'Content-Disposition: form-data; name="files"; filename="scan.nii"'


def parsed(*heads: str) -> int:
    """How many files of a form were taken."""

    async def pieces() -> AsyncIterator[bytes]:
        for head in heads:
            yield f"--x\r\n{head}\r\n\r\nwords\r\n".encode()
        yield b"--x--\r\n"

    form = run_apart(FilesAlone(HEADERS, pieces(), max_file_size=2**20).parse())
    return len(form.getlist("files"))


def test_files_are_taken() -> None:
    assert parsed(FILE, FILE) == 2


@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: form-data; name="files"',
        FILE.replace("files", "other"),
        "Content-Type: text/plain",
    ],
)
def test_what_is_no_file_is_refused_before_it_is_kept(head: str) -> None:
    """Other fields were kept in memory, as long as an upload may be."""
    with pytest.raises(MultiPartException):
        parsed(FILE, head)


def test_gradio_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_utils, "GradioMultiPartParser", route_utils.GradioMultiPartParser)
    take_files_alone()
    assert route_utils.GradioMultiPartParser is FilesAlone
