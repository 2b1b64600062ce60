"""Files that take a server's time, memory or disk, or that one visitor has too many of."""

import gzip
import io
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    FAILED,
    OTHER,
    UPLOAD,
    Attack,
    Target,
    at_once,
    expect,
    others_may_upload,
    upload,
)
from benchmarks.attack.endless_slice import slice_of_empty_items
from benchmarks.visitor import Visitor
from med3dvlm.config import Settings

MEBI = 2**20
# What the attacked server allows, beside its defaults; small, so that little is enough to try it.
READING_SECONDS = {True: 3, False: 120}  # in the short form, and by default
SETTINGS = {
    "MED3DVLM_MAX_UPLOAD_MB": "128",
    "MED3DVLM_MAX_UNPACKED_MB": "256",
    "MED3DVLM_MEMORY_MB": "64",
    "MED3DVLM_DISK_MB": "4000",
    "MED3DVLM_FORGET_SECONDS": "2",
}
TURNS = Settings().at_once
BUSY_CORES, QUIET_SECONDS = 0.5, 1.0
DEPTH = 40


def scan_bytes(shape: tuple[int, int, int] = (32, 32, 24)) -> bytes:
    """A small scan as .nii.gz; a large one of zeros is as small."""
    voxels = np.zeros(shape, np.int16)
    voxels[:8, :8, :8] = 100
    image = nibabel.Nifti1Image(voxels, np.eye(4))
    return gzip.compress(image.to_bytes(), compresslevel=1)


def notice_of(target: Target, name: str, content: bytes, address: str = ATTACKER) -> str:
    """Upload a file on the page; what the page says of it, empty if it was opened."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with Visitor(target.app.url, address=address) as visitor:
            visitor.upload("upload", path)
            return visitor.shown("scan-notice")


def _told_why(target: Target, name: str, content: bytes, words: str) -> str:
    notice = notice_of(target, name, content)
    expect(words in notice, f"the page says {notice!r}")
    return notice


def is_quiet(target: Target) -> None:
    """Nothing works on a file that is over."""
    busy = 0.0
    for _ in range(4):
        busy = target.app.busy(QUIET_SECONDS)
        if busy < BUSY_CORES:
            return
    expect(False, f"{busy:.1f} cores are busy afterwards")


def endless_slice(target: Target) -> str:
    """A slice with a private sequence of empty items keeps its reader within one step."""
    content = slice_of_empty_items(target.of(1_000_000, 2_000_000))
    target.app.forget_peak()
    before, begun = target.app.memory_bytes(), time.monotonic()
    readers = {process.pid for process in target.app.processes()[1:]}
    notice = notice_of(target, "slice.dcm", content)
    took = time.monotonic() - begun
    grown = target.app.peak_bytes() - before
    limit = f"limit of {READING_SECONDS[target.short]} s"
    expect(limit in notice or "memory" in notice, f"the page says {notice!r}")
    expect(grown < 400 * MEBI, f"the app grew by {grown / MEBI:.0f} MB")
    is_quiet(target)
    alive = target.app.processes()[1:]
    left = max(reader.memory_info().rss for reader in alive)
    expect(left < 700 * MEBI, f"a reader keeps {left / MEBI:.0f} MB")
    gone = readers - {reader.pid for reader in alive}
    expect(bool(gone), "the process that read it lives on")
    return (
        f"{len(content) / 1e6:.1f} MB ended after {took:.0f} s; its process is gone, no core is "
        f"busy, readers keep {left / MEBI:.0f} MB, the app grew by {max(0, grown) / MEBI:.0f} MB"
    )


def all_readers_at_once(target: Target) -> str:
    """Endless slices on several pages, each with a cookie of its own; others read on."""
    content = slice_of_empty_items(1_000_000)

    begun = time.monotonic()
    notice_of(target, "scan.nii.gz", scan_bytes(), OTHER)
    alone = time.monotonic() - begun

    def send(number: int) -> float:
        begun = time.monotonic()
        if number < TURNS:
            notice_of(target, f"{number}.dcm", content)
        else:
            time.sleep(1)  # when the others are at work
            begun = time.monotonic()
            notice = notice_of(target, "scan.nii.gz", scan_bytes(), OTHER)
            expect(FAILED not in notice, f"the page says {notice!r}")
        return time.monotonic() - begun

    *theirs, other = at_once(TURNS + 1, send, range(TURNS + 1))
    expect(other < 5 + 5 * alone, f"the other waited {other:.1f} s, {alone:.1f} s without them")
    is_quiet(target)
    return (
        f"the other's scan was open after {other:.1f} s ({alone:.1f} s without), theirs ended "
        f"after {max(theirs):.0f} s"
    )


def bomb_of_zeros(target: Target) -> str:
    """A zip that unpacks to more than is allowed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scan.nii", bytes(300 * MEBI))
    return _told_why(target, "bomb.zip", packed.getvalue(), "exceeds the limit")


def nested_archives(target: Target) -> str:
    """A zip in a zip in a zip."""
    content = scan_bytes()
    for depth in range(DEPTH):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{depth}.zip" if depth else "scan.nii.gz", content)
        content = packed.getvalue()
    notice = notice_of(target, "deep.zip", content)
    expect(FAILED not in notice and bool(notice), f"the page says {notice!r}")
    return notice


def lying_headers(target: Target) -> str:
    """Headers that claim volumes of terabytes."""
    header = bytearray(nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4)).to_bytes())
    header[40:56] = struct.pack("<8h", 3, 32767, 32767, 32767, 1, 1, 1, 1)
    nrrd = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 99999 99999 99999\nencoding: raw\n\n"
    seen = []
    for name, content in (("large.nii", bytes(header)), ("large.nrrd", nrrd)):
        notice = notice_of(target, name, content)
        expect(FAILED not in notice and bool(notice), f"the page says {notice!r}")
        seen.append(notice)
    return f"{len(seen)} refused"


def share_of_the_memory(target: Target) -> str:
    """Scans that are small as files and large when they are open, on two pages of one visitor."""
    large, small = scan_bytes((192, 192, 128)), scan_bytes((128, 128, 64))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zeros.nii.gz"
        path.write_bytes(large)
        with Visitor(target.app.url, address=ATTACKER) as first:
            first.upload("upload", path)
            expect("share" not in first.shown("scan-notice"), first.shown("scan-notice"))
            with Visitor(target.app.url, address=ATTACKER, cookies=first.http.cookies) as second:
                second.upload("upload", path)
                notice = second.shown("scan-notice")
                expect("share" in notice, f"the page says {notice!r}")
            seen = notice_of(target, "scan.nii.gz", small, OTHER)
    expect("share" not in seen and "all the memory" not in seen, f"others are told {seen!r}")
    return f"the second of {len(large) / 1024:.0f} kB refused, another's scan opened"


def full_disk(target: Target) -> str:
    """Uploads until the visitor's share of the disk is used up."""
    content = bytes(60 * MEBI)
    with target.browser() as client:
        seen = [upload(client, f"{place}.bin", content).status_code for place in range(12)]
    expect(429 in seen, f"statuses {seen}")
    others_may_upload(target)
    return f"{seen.count(200)} of {len(content) // MEBI} MB taken, then refused; others may upload"


def strange_names(target: Target) -> str:
    """Names of files that lead elsewhere, are markup, or are none."""
    names = ("../../etc/cron.d/x", "..", "/etc/passwd", "a\\..\\b", "<script>alert(1)</script>.nii",
             "\u202egnp.exe", "x" * 4000, "con", "-rf", "$(id)", "a\x00b")  # fmt: skip
    with target.browser() as client:
        for name in names:
            answer = upload(client, name, b"x")
            expect(answer.status_code < 500, f"{name[:20]!r}: status {answer.status_code}")
            for path in answer.json() if answer.status_code == 200 else ():
                inside = Path(path).resolve().is_relative_to(target.app.temporary.resolve())
                expect(inside and ".." not in Path(path).parts, f"{name[:20]!r} became {path}")
    return f"{len(names)} names kept inside"


def no_upload(target: Target) -> str:
    """Uploads that are none."""
    kinds: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("application/json", lambda: b"{}"),
        ("multipart/form-data", lambda: b"--x--"),
        ("multipart/form-data; boundary=", lambda: b""),
        ("multipart/form-data; boundary=" + "x" * 300, lambda: b"--x"),
        ("multipart/mixed; boundary=x", lambda: b"--x--"),
        ('multipart/form-data; boundary=x; charset="rot13"', lambda: b"--x\r\n\r\nx\r\n--x--"),
    )
    with target.browser() as client:
        for kind, made in kinds:
            answer = client.post(
                f"{UPLOAD}?upload_id=none", content=made(), headers={"content-type": kind}
            )
            expect(answer.status_code < 500, f"{kind[:40]}: status {answer.status_code}")
        progress = client.get(f"{API}/upload_progress", params={"upload_id": "x" * 4000})
        expect(progress.status_code < 500, f"progress: status {progress.status_code}")
    return f"{len(kinds)} refused"


ATTACKS = (
    Attack("a slice of endless items", endless_slice, visits=True),
    Attack("all readers kept busy by one", all_readers_at_once, brief=False, visits=True),
    Attack("a zip bomb", bomb_of_zeros, brief=False),
    Attack("archives within archives", nested_archives, brief=False),
    Attack("headers that claim terabytes", lying_headers, brief=False),
    Attack("scans that are large inside", share_of_the_memory, brief=False, visits=True),
    Attack("a disk filled with uploads", full_disk, brief=False),
    Attack("strange names of files", strange_names),
    Attack("uploads that are none", no_upload),
)
