"""NRRD and MetaImage files of a volume, stored in any of the 48 axis orders."""

import bz2
import gzip
import zlib
from itertools import permutations, product
from pathlib import Path

import numpy as np

from med3dvlm.volumes.volume import Volume

ORDERS = tuple(product(permutations(range(3)), product((1, -1), repeat=3)))
AS_IS = ORDERS[0]
NRRD_TYPES = {"i2": "short", "u1": "uchar", "f4": "float", "f8": "double", "i4": "int"}
META_TYPES = {"i2": "MET_SHORT", "u1": "MET_UCHAR", "f4": "MET_FLOAT", "f8": "MET_DOUBLE"}


def stored(volume: Volume, order=AS_IS) -> tuple[np.ndarray, np.ndarray]:
    """Voxels `[i, j, k]` in another order of axes, and the affine from `(i, j, k, 1)` to LPS mm."""
    axes, signs = order
    voxels = volume.voxels.T.transpose(axes)[tuple(slice(None, None, s) for s in signs)]
    affine = np.eye(4)
    affine[:3, :3] = volume.affine[:3, axes] * signs
    last = [(n - 1) * (s < 0) for n, s in zip(voxels.shape, signs, strict=True)]
    affine[:3, 3] = volume.affine[:3, 3] - affine[:3, :3] @ last
    return voxels, affine


def vector(numbers) -> str:
    return f"({','.join(repr(float(n)) for n in numbers)})"


def write_nrrd(
    path: Path, volume: Volume, order=AS_IS, *, encoding="raw", space="left-posterior-superior",
    data_file="", endian="little",
) -> Path:  # fmt: skip
    voxels, affine = stored(volume, order)
    turn = {"left-p": (1, 1, 1), "right-": (-1, -1, 1), "left-a": (1, -1, 1)}.get(
        space[:6], (1,) * 3
    )
    world = affine[:3] * np.array(turn)[:, None]
    dtype = voxels.dtype.newbyteorder("<" if endian == "little" else ">")
    raw = voxels.astype(dtype).tobytes("F")
    fields = {
        "type": NRRD_TYPES[voxels.dtype.str[1:]],
        "dimension": 3,
        "space": space,
        "sizes": " ".join(map(str, voxels.shape)),
        "space directions": " ".join(vector(world[:, axis]) for axis in range(3)),
        "kinds": "domain domain domain",
        "endian": endian,
        "encoding": encoding,
        "space origin": vector(world[:, 3]),
        "data file": data_file,
    }
    lines = [f"{name}: {value}\n" for name, value in fields.items() if value != ""]
    head = "".join(["NRRD0005\n", "# a comment\n", *lines]).encode()
    packed = {
        "raw": lambda: raw,
        "gzip": lambda: gzip.compress(raw),
        "bzip2": lambda: bz2.compress(raw),
        "ascii": lambda: "\n".join(map(str, voxels.ravel("F").tolist())).encode(),
    }[encoding]()
    if data_file:
        path.write_bytes(head)
        (path.parent / data_file).write_bytes(packed)
    else:
        path.write_bytes(head + b"\n" + packed)
    return path


def write_meta(
    path: Path, volume: Volume, order=AS_IS, *, packing="", data_file="LOCAL", big=False,
    extra="", drop=(),
) -> Path:  # fmt: skip
    voxels, affine = stored(volume, order)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    raw = voxels.astype(voxels.dtype.newbyteorder(">" if big else "<")).tobytes("F")
    fields = {
        "ObjectType": "Image",
        "NDims": 3,
        "BinaryData": packing != "text",
        "BinaryDataByteOrderMSB": big,
        "CompressedData": packing in ("zlib", "gzip"),
        "TransformMatrix": " ".join(map(repr, (affine[:3, :3] / spacing).T.ravel().tolist())),
        "Offset": " ".join(map(repr, affine[:3, 3].tolist())),
        "ElementSpacing": " ".join(map(repr, spacing.tolist())),
        "DimSize": " ".join(map(str, voxels.shape)),
        "ElementType": META_TYPES[voxels.dtype.str[1:]],
    }
    lines = [f"{name} = {value}\n" for name, value in fields.items() if name not in drop]
    head = "".join([*lines, extra, f"ElementDataFile = {data_file}\n"]).encode()
    packed = {
        "": lambda: raw,
        "zlib": lambda: zlib.compress(raw),
        "gzip": lambda: gzip.compress(raw),
        "text": lambda: " ".join(map(str, voxels.ravel("F").tolist())).encode(),
    }[packing]()
    if data_file == "LOCAL":
        path.write_bytes(head + packed)
    else:
        path.write_bytes(head)
        (path.parent / data_file).write_bytes(packed)
    return path


WRITERS = {"nrrd": write_nrrd, "mha": write_meta}


def same(volume: Volume, phantom: Volume) -> bool:
    assert np.allclose(volume.affine, phantom.affine, atol=1e-6)
    assert (volume.unit, volume.modality) == ("HU", "CT")
    return volume.digest == phantom.digest and volume.orientation_known
