"""What passes between the app and a process that reads uploads: JSON, and voxels in shared memory.

    send(wire, {"ask": "read"})
    message, memory = receive(wire)
    volume = volume_of(message["volume"], memory)

No pickles: a file that takes over the reading process gains nothing here.
"""

import json
import mmap
import os
import socket
import tempfile
from typing import Any, cast

import numpy as np

from med3dvlm.volumes.volume import Volume, Voxels

Message = dict[str, Any]
LENGTH_BYTES = 8
LONGEST = 256 * 2**20  # bytes of a message; pictures of many series are the longest


class BrokenWireError(Exception):
    """The other side has ended, or says what makes no sense."""


def send(wire: socket.socket, message: Message, memory: int | None = None) -> None:
    """Send a message, and with it the file descriptor of shared memory."""
    body = json.dumps(message).encode()
    head = len(body).to_bytes(LENGTH_BYTES, "big")
    socket.send_fds(wire, [head], [] if memory is None else [memory])
    wire.sendall(body)


def receive(wire: socket.socket) -> tuple[Message, int | None]:
    """Wait for a message; the caller closes the file descriptor that came with it.

    Raises:
        BrokenWireError: nothing more will come.
        TimeoutError: nothing came within the socket's time.
    """
    try:
        head, sent, _, _ = socket.recv_fds(wire, LENGTH_BYTES, 1)
        length = int.from_bytes(head, "big")
        if len(head) < LENGTH_BYTES or length > LONGEST:
            raise BrokenWireError
        body = bytearray()
        while len(body) < length:
            piece = wire.recv(min(2**20, length - len(body)))
            if not piece:
                raise BrokenWireError
            body += piece
        return dict(json.loads(body)), sent[0] if sent else None
    except (ConnectionError, ValueError):
        raise BrokenWireError from None


def shared(volume: Volume) -> tuple[Message, int]:
    """A volume as a message, and new shared memory with its voxels."""
    voxels = volume.voxels
    memory = _new_memory(voxels.nbytes)
    _write(memory, np.ascontiguousarray(voxels).data.cast("B"))
    message = {
        "shape": voxels.shape,
        "kind": voxels.dtype.str,
        "affine": volume.affine.tolist(),
        "unit": volume.unit,
        "orientation_known": volume.orientation_known,
        "modality": volume.modality,
        "notes": volume.notes,
        "details": volume.details,
    }
    return message, memory


def volume_of(message: Message, memory: int) -> Volume:
    """The volume of a message; its voxels stay where they are, until it is freed."""
    voxels = np.frombuffer(
        mmap.mmap(memory, 0, prot=mmap.PROT_READ), dtype=np.dtype(message["kind"])
    )
    return Volume(
        voxels=cast("Voxels", voxels.reshape(message["shape"])),
        affine=np.array(message["affine"], dtype=np.float64),
        unit=message["unit"],
        orientation_known=message["orientation_known"],
        modality=message["modality"],
        notes=tuple(message["notes"]),
        details=message["details"],
    )


def _write(memory: int, content: memoryview) -> None:
    """Write it all; in one go, so that the system need not empty each page before it is filled."""
    written = 0
    while written < len(content):
        written += os.pwrite(memory, content[written:], written)


def _new_memory(size: int) -> int:
    """A file descriptor of memory without a name, or of a file without one."""
    if hasattr(os, "memfd_create"):
        made = os.memfd_create("scan")
    else:  # not Linux
        with tempfile.TemporaryFile() as file:
            made = os.dup(file.fileno())
    os.ftruncate(made, size)
    return made
