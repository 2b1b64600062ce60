"""What passes between the app and a process that reads uploads: JSON, and voxels after it.

    send(wire, {"ask": "read"})
    message, content = receive(wire, most_content=2**30)
    volume = volume_of(message["volume"], content)

No pickles: a file that takes over the reading process gains nothing here. The voxels are copied
through the wire while both sides are at it: memory that both share would have to be found page by
page, which took more than twice as long, and the other side could cut it off.
"""

import json
import socket
import struct
from dataclasses import asdict
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.labels.label_map import Label, LabelMap
from med3dvlm.volumes.volume import Volume, Voxels

Message = dict[str, Any]
Content = NDArray[np.uint8]
HEAD = struct.Struct(">QQ")  # bytes of the message, and of what comes after it
LONGEST = 256 * 2**20  # bytes of a message; pictures of many series are the longest
BUFFER_BYTES = 2**18  # on its way
PIECE_BYTES = 2**23  # taken in one go, in which other threads run
WAIT_SECONDS = 30.0  # for the next piece


class BrokenWireError(Exception):
    """The other side has ended, or says what makes no sense."""


def wire_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a wire; the first one waits for whole pieces, and not for ever."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(WAIT_SECONDS), 0))
    return ours, theirs


def send(wire: socket.socket, message: Message, content: NDArray[Any] | None = None) -> None:
    """Send a message, and after it the bytes of an array."""
    body = json.dumps(message).encode()
    wire.sendall(HEAD.pack(len(body), 0 if content is None else content.nbytes) + body)
    if content is not None:
        wire.sendall(np.ascontiguousarray(content).data.cast("B"))


def receive(wire: socket.socket, *, most_content: int = 0) -> tuple[Message, Content]:
    """Wait for a message and what comes after it, which is empty for most.

    Raises:
        BrokenWireError: nothing more will come, or more than may.
        TimeoutError: nothing came within the socket's time.
    """
    try:
        head = bytearray(HEAD.size)
        _fill(wire, memoryview(head))
        length, size = HEAD.unpack(head)
        if length > LONGEST or size > most_content:
            raise BrokenWireError
        body = bytearray(length)
        _fill(wire, memoryview(body))
        content = np.empty(size, np.uint8)
        if size:
            wire.settimeout(None)  # the system waits for whole pieces, with a limit of its own
            _fill(wire, content.data, socket.MSG_WAITALL)
        return dict(json.loads(body)), content
    except (ConnectionError, BlockingIOError, ValueError):
        raise BrokenWireError from None


def _fill(wire: socket.socket, room: memoryview, how: int = 0) -> None:
    done = 0
    while done < len(room):
        got = wire.recv_into(room[done : done + PIECE_BYTES], 0, how)
        if not got:
            raise BrokenWireError
        done += got


def message_of(volume: Volume) -> Message:
    """What is to be known of a volume besides its voxels."""
    return {
        "shape": volume.shape,
        "kind": volume.voxels.dtype.str,
        "affine": volume.affine.tolist(),
        "unit": volume.unit,
        "orientation_known": volume.orientation_known,
        "modality": volume.modality,
        "notes": volume.notes,
        "details": volume.details,
        "frame": volume.frame,
    }


def volume_of(message: Message, content: Content) -> Volume:
    """The volume of a message, with the content as its voxels."""
    voxels = content.view(np.dtype(message["kind"])).reshape(message["shape"])
    return Volume(
        voxels=cast("Voxels", voxels),
        affine=np.array(message["affine"], dtype=np.float64),
        unit=message["unit"],
        orientation_known=message["orientation_known"],
        modality=message["modality"],
        notes=tuple(message["notes"]),
        details=message["details"],
        frame=message["frame"],
    )


def message_of_labels(labels: LabelMap) -> Message:
    """What is to be known of a label map besides its codes."""
    return {
        "shape": labels.codes.shape,
        "combinations": labels.combinations,
        "labels": [asdict(label) for label in labels.labels],
        "notes": labels.notes,
    }


def labels_of(message: Message, content: Content) -> LabelMap:
    """The label map of a message, with the content as its codes."""
    return LabelMap(
        codes=content.reshape(message["shape"]),
        combinations=tuple(tuple(members) for members in message["combinations"]),
        labels=tuple(
            Label(**label | {"colour": tuple(label["colour"])}) for label in message["labels"]
        ),
        notes=tuple(message["notes"]),
    )
