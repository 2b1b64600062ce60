"""A file can take a reader process with it, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import psutil
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.operations.memory import Holder
from med3dvlm.hosting.reading import child, wire
from med3dvlm.hosting.reading.process import ReaderProcess
from med3dvlm.hosting.reading.readers import Readers, ReadingFailedError
from med3dvlm.hosting.reading.wire import HEAD, BrokenWireError, receive, send, wire_pair
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.labels.reader import open_labels
from med3dvlm.volumes.limits import DEFAULT_LIMITS, Limits
from med3dvlm.volumes.reader import OpenScan

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """A process that a test ends is replaced for the next test."""
    made = Readers(2)
    made.warm_up()
    yield made
    made.close()


@pytest.fixture
def own_readers() -> Iterator[Readers]:
    made = Readers(2)
    made.warm_up()
    yield made
    made.close()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.nii.gz"
    voxels = np.arange(24 * 20 * 16, dtype=np.int16).reshape(24, 20, 16)
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([2.0, 1.0, 3.0, 1.0])), path)
    return path


def hostile_slice(path: Path, items: int) -> Path:
    """A slice with one private sequence of empty items, whose length is not given."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    slice_ = Dataset()
    slice_.file_meta = FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slice_.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    slice_.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    slice_.save_as(path, enforce_file_format=True)
    content = b"\xfe\xff\x00\xe0\x00\x00\x00\x00" * items + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    head = b"\x09\x00\x01\x10SQ\x00\x00\xff\xff\xff\xff"
    with path.open("ab") as file:
        file.write(b"\x09\x00\x10\x00LO\x04\x00MINE" + head + content)
    return path


def test_a_scan_read_there_is_the_scan_read_here(readers: Readers, scan: Path) -> None:
    there, here = readers.open(scan, DEFAULT_LIMITS), OpenScan(scan)
    assert there.series == here.series
    ours, theirs = here.read(), there.read()
    assert np.array_equal(ours.voxels, theirs.voxels)
    assert (ours.digest, ours.notes, ours.details) == (theirs.digest, theirs.notes, theirs.details)
    assert theirs.voxels.dtype == ours.voxels.dtype
    assert not theirs.voxels.flags.writeable
    assert there.previews() == here.previews()
    there.close()


def test_a_refusal_is_the_readers_own(readers: Readers, tmp_path: Path) -> None:
    path = tmp_path / "photo.nii"
    path.write_bytes(b"\x89PNG and so on")
    with pytest.raises(VolumeError, match=r"photo\.nii: this is a PNG picture"):
        readers.open(path, DEFAULT_LIMITS)


def test_a_file_that_takes_forever_is_ended_with_its_process(
    readers: Readers, tmp_path: Path, scan: Path
) -> None:
    """One slice of 15 MB with empty items took 86 seconds, and a core for minutes after that."""
    path = hostile_slice(tmp_path / "slice.dcm", 1_000_000)
    started = time.monotonic()
    with pytest.raises(VolumeError, match=r"slice\.dcm: reading took longer than the limit of 1 s"):
        readers.open(path, Limits(seconds=1))
    assert time.monotonic() - started < 30
    assert readers.open(scan, DEFAULT_LIMITS).read().shape == (16, 20, 24)


def test_a_file_that_takes_all_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had taken 3.4 GB, and was then accepted."""
    path = hostile_slice(tmp_path / "slice.dcm", 1_000)
    monkeypatch.setattr(child, "bound_memory", lambda _: None)

    def out_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(child, "OpenScan", out_of_memory)
    told, _ = child.UploadReader().answer({"ask": "open", "path": str(path), "limits": {}})
    assert told["refused"].startswith("slice.dcm: reading needs more memory")
    assert told["spent"]


def test_memory_is_bounded_by_the_system(tmp_path: Path) -> None:
    process = ReaderProcess()
    try:
        while process.answer(0.1) is None and not process._ready:
            pass
        pid = process._process.pid
        process.ask({"ask": "open", "path": str(tmp_path), "limits": {}})
        while process.answer(0.1) is None:
            pass
        limit, _ = psutil.Process(pid).rlimit(psutil.RLIMIT_AS)
        assert 0 < limit < 8 * 2**30
    finally:
        process.end()


def test_reading_ends_when_the_page_is_closed(readers: Readers, tmp_path: Path) -> None:
    path = hostile_slice(tmp_path / "slice.dcm", 1_000_000)
    closed = threading.Event()
    threading.Timer(0.5, closed.set).start()
    with pytest.raises(VolumeError, match="stopped"):
        readers.open(path, DEFAULT_LIMITS, wanted=lambda: not closed.is_set())


def test_a_process_that_dies_is_replaced(readers: Readers, scan: Path) -> None:
    opened = readers.open(scan, DEFAULT_LIMITS)
    for process in readers._idle:
        process._process.kill()
        process._process.wait()
    assert opened.read().shape == (16, 20, 24)


def test_what_an_upload_was_unpacked_to_goes_with_it(
    own_readers: Readers, scan: Path, tmp_path: Path
) -> None:
    import zipfile

    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(scan, "scan.nii.gz")
    opened = own_readers.open(packed, DEFAULT_LIMITS)
    homes = [process._home for process in own_readers._idle]
    assert any(list(home.rglob("*.gz")) or list(home.rglob("*.nii*")) for home in homes)
    opened.close()
    until = time.monotonic() + 10
    while any(list(home.iterdir()) for home in homes) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(list(home.iterdir()) for home in homes)
    own_readers.close()
    assert not any(home.exists() for home in homes)


def test_an_error_of_ours_is_told_without_its_text(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Mary Shelley")

    monkeypatch.setattr(child, "bound_memory", lambda _: None)
    monkeypatch.setattr(child, "OpenScan", broken)
    told, _ = child.UploadReader().answer({"ask": "open", "path": str(scan), "limits": {}})
    assert told["failed"].startswith("KeyError at")
    assert "Mary" not in told["failed"]


def test_the_child_answers_and_ends_with_its_wire(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread of this process, where its lines are measured."""
    monkeypatch.setattr(child, "bound_memory", lambda _: None)
    ours, theirs = socket.socketpair()
    running = threading.Thread(target=child.serve, args=(theirs,))
    running.start()
    told, content = receive(ours)
    assert (told, len(content)) == ({"ready": True}, 0)
    asked = {"path": str(scan), "limits": {}}
    send(ours, asked | {"ask": "open"})
    assert len(receive(ours)[0]["series"]) == 1
    send(ours, asked | {"ask": "previews"})
    assert receive(ours)[0]["previews"]
    send(ours, asked | {"ask": "read", "series": None, "frame": 0})
    told, content = receive(ours, most_content=2 * 24 * 20 * 16)
    assert told["volume"]["shape"] == [16, 20, 24]
    assert content.nbytes == 2 * 24 * 20 * 16
    send(ours, {"ask": "close"})
    ours.close()
    running.join(10)
    assert not running.is_alive()
    theirs.close()


def test_nonsense_on_the_wire_is_no_answer() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEAD.pack(2**40, 0))
        with pytest.raises(BrokenWireError):
            receive(ours)


def test_voxels_arrive_as_they_were_and_no_more_than_may() -> None:
    """A process that a file has taken over could have had the app take all memory."""
    ours, theirs = wire_pair()
    voxels = np.arange(5_000_000, dtype=np.int16)[::-2]
    with ours, theirs:
        for most in (voxels.nbytes, voxels.nbytes - 1):
            sending = threading.Thread(target=sent_anyway, args=(theirs, voxels))
            sending.start()
            if most == voxels.nbytes:
                told, content = receive(ours, most_content=most)
                assert told == {"volume": 1}
                assert np.array_equal(content.view(np.int16), voxels)
            else:
                with pytest.raises(BrokenWireError):
                    receive(ours, most_content=most)
                ours.close()
            sending.join(20)


def sent_anyway(wire: socket.socket, voxels: np.ndarray) -> None:
    with suppress(OSError):
        send(wire, {"volume": 1}, voxels)


def test_voxels_that_end_in_the_middle_are_none() -> None:
    ours, theirs = wire_pair()
    with ours, theirs:
        theirs.sendall(HEAD.pack(2, 1000) + b"{}" + bytes(900))
        theirs.close()
        with pytest.raises(BrokenWireError):
            receive(ours, most_content=1000)


def test_voxels_that_stop_coming_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WAIT_SECONDS", 1.0)
    ours, theirs = wire_pair()
    with ours, theirs:
        theirs.sendall(HEAD.pack(2, 1000) + b"{}" + bytes(900))
        with pytest.raises(BrokenWireError):
            receive(ours, most_content=1000)


def test_a_failure_is_ours_and_not_the_files(readers: Readers, scan: Path) -> None:
    opened = readers.open(scan, DEFAULT_LIMITS)
    with pytest.raises(ReadingFailedError):
        opened.read(frame="first")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["anna", "anna with a new cookie"])
def test_one_visitor_leaves_a_process_to_others(readers: Readers, scan: Path, name: str) -> None:
    """Four hanging files of one visitor, or of one with four cookies, kept everybody waiting."""
    anna, again = Holder("1", "anna", "school"), Holder("2", name, "school")
    ben = Holder("3", "ben", "home")
    with readers.borrowed(scan, lambda: True, anna):
        asked = iter([True, True, False])
        with pytest.raises(VolumeError, match="stopped"):
            readers.open(scan, DEFAULT_LIMITS, lambda: next(asked), again)
        assert readers.open(scan, DEFAULT_LIMITS, lambda: True, ben).series
    assert readers.open(scan, DEFAULT_LIMITS, lambda: True, anna).series


def test_a_file_that_takes_long_gives_way_to_others(
    readers: Readers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One visitor may keep all but one process busy, which left little of two cores to the rest."""
    monkeypatch.setattr("med3dvlm.hosting.reading.process.EASY_SECONDS", 0.3)
    path = hostile_slice(tmp_path / "slice.dcm", 400_000)
    seen = []
    given_way = ReaderProcess.give_way

    def noted(process: ReaderProcess) -> None:
        given_way(process)
        seen.append((psutil.Process(process._process.pid).nice(), process.fit(2**40)))

    monkeypatch.setattr(ReaderProcess, "give_way", noted)
    with pytest.raises(VolumeError):
        readers.open(path, Limits(seconds=8))
    assert seen[-1] == (psutil.Process().nice() + 10, False)
    assert seen[0] == (psutil.Process().nice(), True), "at first it is like any other"


def test_labels_read_there_are_the_labels_read_here(readers: Readers, tmp_path: Path) -> None:
    place = Place(shape=(12, 10, 8), affine=np.diag([1.0, 1.0, 3.0, 1.0]))
    numbers = np.zeros((8, 10, 12), np.uint8)
    numbers[2:5, 3:6, 4:9], numbers[6, 8, 10] = 4, 9
    path = tmp_path / "labels.nii.gz"
    lps = np.diag([-1.0, -1.0, 3.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(numbers, lps), path)
    there, here = readers.labels(path, place, DEFAULT_LIMITS), open_labels(path, place)
    assert np.array_equal(there.codes, here.codes)
    assert (there.labels, there.combinations, there.notes) == (
        here.labels, here.combinations, here.notes,
    )  # fmt: skip
    assert there.mask("label 9").sum() == 1
    moved = place.affine.copy()
    moved[:3, 3] = 900
    with pytest.raises(VolumeError, match=r"labels\.nii\.gz: its labels lie outside"):
        readers.labels(path, replace(place, affine=moved), DEFAULT_LIMITS)
    (tmp_path / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\0\x60\0CS\xff\xff")
    with pytest.raises(VolumeError, match=r"damaged\.dcm: "):
        readers.labels(tmp_path / "damaged.dcm", place, DEFAULT_LIMITS)
