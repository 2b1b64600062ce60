"""Nothing of a visit stays on the disk, however a server ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from med3dvlm.hosting.operations.server_folder import (
    GRADIO,
    PREFIX,
    ServerFolder,
    libraries_folder,
    remove_dead,
)

SERVER = """
import os, sys, time, tempfile
from pathlib import Path
from med3dvlm.hosting.operations.server_folder import ServerFolder
folder = ServerFolder.of(os.environ)
folder.take_temporary_files(os.environ)
Path(tempfile.mkdtemp(), "scan.nii").write_text("a scan")
(folder.page / "upload").write_text("an upload")
print(folder.path, flush=True)
sys.stdin.read()
"""


def started(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    environment = os.environ | {GRADIO: str(parent)}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout
    return server, Path(server.stdout.readline().strip())


@pytest.fixture
def unchanged() -> Iterator[None]:
    before = tempfile.tempdir
    yield
    tempfile.tempdir = before


@pytest.mark.slow
def test_a_killed_servers_files_go_when_the_next_one_starts(tmp_path: Path) -> None:
    """After `kill -9` everything stayed past the next start."""
    server, folder = started(tmp_path)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3
    remove_dead(tmp_path)
    assert folder.exists(), "it runs"
    server.kill()
    server.communicate()
    assert folder.exists()
    after, other = started(tmp_path)
    assert not folder.exists()
    after.communicate()
    assert not other.exists(), "nor does anything stay after a clean end"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("unchanged")
def test_nobody_else_can_look_into_it(tmp_path: Path) -> None:
    """Where the operator had set the folder, everybody could read it."""
    environment = {GRADIO: str(tmp_path / "given")}
    folder = ServerFolder.of(environment)
    folder.take_temporary_files(environment)
    for path in (folder.path, folder.page, folder.temporary):
        assert path.stat().st_mode & 0o077 == 0
    assert environment[GRADIO] == str(folder.page)
    assert tempfile.gettempdir() == environment["TMPDIR"] == str(folder.temporary)
    folder.lock.close()


def test_what_is_no_dead_servers_is_left_alone(tmp_path: Path) -> None:
    fresh, old = tmp_path / f"{PREFIX}fresh", tmp_path / f"{PREFIX}old"
    for folder in (fresh, old, tmp_path / "other"):
        folder.mkdir()
    os.utime(old, (time.time() - 3600,) * 2)
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "other")
    remove_dead(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{PREFIX}fresh", f"{PREFIX}link", "other",
    ]  # fmt: skip


def test_anothers_folder_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / f"{PREFIX}other"
    folder.mkdir()
    os.utime(folder, (0, 0))
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    remove_dead(tmp_path)
    assert folder.exists()


def test_libraries_are_kept_where_others_cannot_put_theirs(tmp_path: Path) -> None:
    """The folder had a name among the temporary files that anybody could make first."""
    made = libraries_folder({"XDG_CACHE_HOME": str(tmp_path)})
    assert made == tmp_path / "med3dvlm" / "libraries"
    assert made.stat().st_mode & 0o077 == 0
    (tmp_path / "file").write_text("")
    assert libraries_folder({"XDG_CACHE_HOME": str(tmp_path / "file")}) is None


def test_a_server_that_is_ended_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    """Signals were waited for only once the page was open; before, its folder stayed."""
    starting = (
        "import os, signal; from med3dvlm.hosting.operations import server_folder as folders\n"
        "folders.leave_at_a_signal(); folders.ServerFolder.of(os.environ)\n"
        "os.kill(os.getpid(), signal.SIGTERM); signal.pause()"
    )
    environment = os.environ | {"GRADIO_TEMP_DIR": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", starting], env=environment, timeout=60)
    assert ended.returncode == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())
