"""How a DICOM file is encoded: what its bytes show, also where its file meta says otherwise.

data, encoding = read_data(path)    # pydicom's data set, and how it has to be read

The transfer syntax in the file meta is often wrong: archives and anonymisers convert the data and
forget the label, or relabel what they didn't convert. Read by a wrong label, voxels shift by some
bytes without an error. So the first element and the first bytes of the pixels decide.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    UID,
    AllTransferSyntaxes,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from med3dvlm.volumes.formats.dicom.codec import is_encapsulated, syntax_shown
from med3dvlm.volumes.formats.dicom.deflated import PART_BYTES, inflated

PREFIX_AT, PREFIX = 128, b"DICM"
META_GROUP = b"\x02\x00"
# How files without preamble begin. A file meta: group length, version, class or syntax.
META_ELEMENTS = (b"\x00\x00", b"\x01\x00", b"\x02\x00", b"\x10\x00")
META_LENGTHS = {b"\x00\x00": 4, b"\x01\x00": 2}
META_VRS = (b"UL", b"OB", b"UI")
# A data set: group length, character set, image type, class or instance.
GROUP_8, GROUP_8_BIG = b"\x08\x00", b"\x00\x08"
FIRST_ELEMENTS = (b"\x00\x00", b"\x01\x00", b"\x05\x00", b"\x08\x00", b"\x12\x00", b"\x16\x00",
                  b"\x18\x00")  # fmt: skip
FIRST_VRS = (b"UL", b"CS", b"UI", b"DA", b"TM", b"SH")
LONGEST_FIRST = 128
LONG_VRS = (b"OB", b"OW", b"UN", b"SQ", b"UT")
VRS = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
    b"UR US UT UV".split()
)
HEAD_BYTES = 1 << 16
# What larger files are unpacked to is kept on disk.
MEMORY_BYTES = 1 << 20
# As much of the pixels as shows how they are compressed.
PEEK_BYTES = 1 << 16
PIXELS = Tag("PixelData")
CLASS, SYNTAX = b"\x02\x00", b"\x10\x00"
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
# Private syntaxes whose meaning is known: plain data, the second with the pixels' bytes swapped.
PHILIPS, GE_SWAPPED = "1.3.46.670589.33.1.4.1", "1.2.840.113619.5.2"
NAMELESS = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a file is to be read.

    Attributes:
        syntax: transfer syntax of the pixels.
        stated: False when the file states another one, or none: it can't be read by its label.
        swapped: the bytes of each pixel are in the wrong order.
        remark: for the user, if the label was wrong; else empty.
        length: bytes of the pixels as stored.
    """

    syntax: UID
    stated: bool = True
    swapped: bool = False
    remark: str = ""
    length: int = 0


class UnknownSyntaxError(Exception):
    """The pixels are encoded in a way that is not known; the text is the name for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pixels:
    """What the pixels begin with; empty where they weren't reached."""

    length: int = 0
    first: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the data set begins, if after a prefix; what the file meta states, what data show."""

    start: int
    prefixed: bool
    kind: bytes
    stated: str
    shown: UID | None


def is_dicom(path: Path) -> bool:
    """True for a file with DICOM's prefix, and for data without it that begin like DICOM."""
    with path.open("rb") as file:
        head = file.read(2 * PREFIX_AT)
    return head[PREFIX_AT:].startswith(PREFIX) or is_bare(head[_begin(head) :])


def _begin(head: bytes) -> int:
    """Where the first element is; some files have an empty preamble and no prefix after it."""
    if head[PREFIX_AT:].startswith(PREFIX):
        return PREFIX_AT + len(PREFIX)
    return 0 if head[:PREFIX_AT].strip(b"\0") else PREFIX_AT


def is_bare(head: bytes) -> bool:
    """True for data without preamble and prefix, as old archives and networks store them."""
    group, number, vr = head[:2], head[2:4], head[4:6]
    short = int.from_bytes(head[4:8], "little") <= LONGEST_FIRST
    if group == META_GROUP:
        return number in META_ELEMENTS and (vr in META_VRS or _is_untyped_meta(head))
    if group == GROUP_8_BIG:
        return number[::-1] in FIRST_ELEMENTS and vr in FIRST_VRS
    return group == GROUP_8 and number in FIRST_ELEMENTS and (vr in FIRST_VRS or short)


def _is_untyped_meta(head: bytes) -> bool:
    """Whether an element of group 2 without a type has a fitting length, or holds a UID."""
    number, length = head[2:4], int.from_bytes(head[4:8], "little")
    if number in META_LENGTHS:
        return length == META_LENGTHS[number]
    uid = head[8 : 8 + length].rstrip(b"\0 ")
    return 0 < length <= LONGEST_FIRST and bool(uid) and not uid.strip(b"0123456789.")


def read_data(path: Path, tags: Sequence[BaseTag] = ()) -> tuple[Any, Encoding]:
    """The data set and how it is encoded.

    Args:
        path: a file that `is_dicom`.
        tags: elements to read, none of the pixels; everything if empty.

    Raises:
        UnknownSyntaxError: it can't be known how the pixels are encoded.
    """
    with path.open("rb") as file:
        layout = _layout(file.read(HEAD_BYTES))
        with _labelled(file, layout) if _mislabelled(layout) else nullcontext(file) as stream:
            stream.seek(0)
            data, pixels = _read(stream, tags)
    encoding = replace(_encoding(layout, data, pixels), length=pixels.length)
    data.file_meta.TransferSyntaxUID = encoding.syntax
    return data, encoding


def inflates_beyond(path: Path, limit: int) -> bool:
    """True for a deflated file (pydicom unpacks it as a whole) larger than that once unpacked."""
    with path.open("rb") as file:
        layout = _layout(file.read(HEAD_BYTES))
        if _data_syntax(layout) != DeflatedExplicitVRLittleEndian:
            return False
        file.seek(layout.start)
        size = 0
        with suppress(zlib.error):  # reading the header will report the damage
            for part in inflated(file):
                size += len(part)
                if size > limit:
                    return True
    return False


def _layout(head: bytes) -> _Layout:
    at = first = _begin(head)
    meta: dict[bytes, bytes] = {}
    while head[at : at + 2] == META_GROUP:
        element, vr = head[at + 2 : at + 4], head[at + 4 : at + 6]
        if vr in LONG_VRS:
            size, begin = head[at + 8 : at + 12], at + 12
        else:
            size, begin = (head[at + 6 : at + 8] if vr in VRS else head[at + 4 : at + 8]), at + 8
        at = begin + int.from_bytes(size, "little")
        meta[element] = head[begin:at]
    stated = meta.get(SYNTAX, b"").rstrip(b"\0 ").decode("ascii", "replace")
    kind, shown = meta.get(CLASS, b""), _shown(head[at:])
    return _Layout(start=at, prefixed=first > PREFIX_AT, kind=kind, stated=stated, shown=shown)


def _shown(first: bytes) -> UID | None:
    """How the elements are written, judged by the first; None if it looks like none."""
    if first[4:6] in VRS:
        return ExplicitVRBigEndian if first[:1] == b"\0" else ExplicitVRLittleEndian
    if first[1:2] == b"\0" and int.from_bytes(first[4:8], "little") < HEAD_BYTES:
        return ImplicitVRLittleEndian
    try:
        inside = zlib.decompressobj(-zlib.MAX_WBITS).decompress(first, 8)
    except zlib.error:
        return None
    return DeflatedExplicitVRLittleEndian if inside[4:6] in VRS else None


def _data_syntax(layout: _Layout) -> str:
    """Transfer syntax by which the elements are read; pixels may be compressed on top of it."""
    return layout.shown or layout.stated


def _mislabelled(layout: _Layout) -> bool:
    """Whether pydicom would read the elements by a wrong label, or unpack them in memory."""
    plain = (*NATIVE, DeflatedExplicitVRLittleEndian)
    label = layout.stated if layout.stated in plain else ExplicitVRLittleEndian
    deflated = layout.shown == DeflatedExplicitVRLittleEndian
    wrong = layout.shown != label or deflated or not layout.prefixed
    return layout.shown is not None and bool(wrong)


@contextmanager
def _labelled(file: BinaryIO, layout: _Layout) -> Iterator[BinaryIO]:
    """The file with a file meta that tells the truth, unpacked; on disk unless it is small."""
    file.seek(layout.start)
    deflated = layout.shown == DeflatedExplicitVRLittleEndian
    syntax = (ExplicitVRLittleEndian if deflated else _data_syntax(layout)).encode()
    meta = b"".join(
        META_GROUP + element + b"UI" + len(value).to_bytes(2, "little") + value
        for element, value in ((CLASS, layout.kind), (SYNTAX, syntax + b"\0" * (len(syntax) % 2)))
        if value
    )
    with SpooledTemporaryFile(MEMORY_BYTES) as stream:
        stream.write(bytes(PREFIX_AT) + PREFIX + meta)
        for part in inflated(file) if deflated else iter(lambda: file.read(PART_BYTES), b""):
            stream.write(part)
        yield cast("BinaryIO", stream)


def _read(stream: BinaryIO, tags: Sequence[BaseTag]) -> tuple[Any, _Pixels]:
    """The data set, and what its pixels begin with."""
    if not tags:
        data = read_partial(stream, force=True)
        data.buffer = None  # pydicom would keep all bytes of the file beside those of the pixels
        pixels = bytes(data.get("PixelData") or b"")
        return data, _Pixels(length=len(pixels), first=pixels[:PEEK_BYTES])
    lengths: list[int] = []

    def at_pixels(tag: BaseTag, _: Any, length: int) -> bool:
        if tag == PIXELS:
            lengths.append(length)
        return bool(tag >= PIXELS)

    data = read_partial(stream, at_pixels, force=True, specific_tags=list(tags))
    if not lengths:
        return data, _Pixels()
    head = stream.read(12)  # stands at the element: the tag, in explicit data VR, and the length
    first = (b"" if head[4:6] in VRS else head[8:]) + stream.read(PEEK_BYTES)
    return data, _Pixels(length=lengths[0], first=first)


def _encoding(layout: _Layout, data: Any, pixels: _Pixels) -> Encoding:
    """What the pixels are, by their first bytes and the label."""
    elements = UID(_data_syntax(layout))
    known = layout.stated in AllTransferSyntaxes
    compressed = known and UID(layout.stated).is_encapsulated
    if is_encapsulated(pixels.first):
        packed = syntax_shown(pixels.first, layout.stated)
        if packed is None and not compressed:
            raise UnknownSyntaxError(_name(layout.stated))
        return _renamed(layout, packed or UID(layout.stated))
    if layout.stated == GE_SWAPPED:
        return _renamed(layout, elements, swapped=True)
    if not known and layout.stated not in ("", PHILIPS):
        raise UnknownSyntaxError(_name(layout.stated))
    plain = not compressed or pixels.length in _plain_lengths(data)
    return _renamed(layout, elements if plain else UID(layout.stated))


def _plain_lengths(data: Any) -> tuple[int, int]:
    """Length of uncompressed pixels, without and with the byte that makes it even."""
    count = int(data.get("Rows") or 0) * int(data.get("Columns") or 0)
    count *= int(data.get("SamplesPerPixel") or 1) * int(data.get("NumberOfFrames") or 1)
    length = count * int(data.get("BitsAllocated") or 16) // 8
    return length, length + length % 2


def _renamed(layout: _Layout, syntax: UID, *, swapped: bool = False) -> Encoding:
    if syntax == layout.stated:
        return Encoding(syntax=syntax, stated=not _mislabelled(layout))
    remark = (
        f"The file states another encoding ({_name(layout.stated)}) than its data show "
        f"({syntax.name}); they were read as what they show."
    )
    return Encoding(
        syntax=syntax, stated=False, swapped=swapped, remark=remark if layout.stated else ""
    )


def _name(stated: str) -> str:
    """A transfer syntax for the user: its name, or the digits of its UID."""
    if stated in AllTransferSyntaxes:
        return str(UID(stated).name)
    digits = "".join(c for c in stated if c.isdigit() or c == ".")[:64]
    return digits or NAMELESS
