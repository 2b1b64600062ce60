"""Lets Gradio take forms of files alone.

take_files_alone()      # from then on

Of an upload, Gradio writes the files to the disk as they come, but keeps every other field in
memory, however long it is; the page sends none.
"""

from gradio import route_utils
from starlette.formparsers import MultiPartException

NO_FILE = "An upload has files and no other fields."


class FilesAlone(route_utils.GradioMultiPartParser):
    """Refuses a field that is no file, before any of its content is kept."""

    def on_headers_finished(self) -> None:
        """Look at the head of the next part.

        Raises:
            MultiPartException: it is no file.
        """
        super().on_headers_finished()
        if self._current_part.file is None or self._current_part.field_name != "files":
            raise MultiPartException(NO_FILE)


def take_files_alone() -> None:
    """Replace the parser of uploads."""
    route_utils.GradioMultiPartParser = FilesAlone  # type: ignore[misc]
