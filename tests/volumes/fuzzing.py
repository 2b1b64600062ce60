"""Damaged uploads by the thousand: a volume or a `VolumeError`, in bounded time and memory.

make fuzz MINUTES=10          # or: python -m tests.volumes.fuzzing --minutes 10 --seed 1

A failure says the kind of file and the seed of the case; the same seed makes the same file again.
"""

import argparse
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, RLELossless

from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import Limits, open_volume
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.volume import Volume
from tests.volumes.array_writers import write_meta, write_nrrd

LIMITS = Limits(voxels=10**7, unpacked_bytes=10**8, seconds=30)
EXTREMES = (bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\x00\x00\xc0\x7f", b"\x01\x00\x80\x7f")
NUMBERS = (b"0", b"-1", b"nan", b"inf", b"1e308", b"4294967296", b"99999999999999999999", b"")
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
SLOW_SECONDS, GROWTH_BYTES = 60, 400 << 20


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut, flipped, overwritten or shifted; mostly near the start, where the header is."""
    changed = bytearray(data)
    if rng.random() < 0.2:
        del changed[rng.randrange(1, len(changed)) :]
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(min(len(changed), rng.choice((352, 1500, len(changed)))))
        how = rng.randrange(4)
        if how == 0:
            changed[at] = rng.randrange(256)
        elif how == 1:
            changed[at : at + 4] = rng.choice(EXTREMES)
        elif how == 2:
            changed[at] ^= 1 << rng.randrange(8)
        elif len(changed) > 10:
            del changed[at : at + rng.randrange(1, 5)]
        if not changed:
            break
    return bytes(changed)


def with_other_numbers(data: bytes, rng: random.Random) -> bytes:
    """A number in the words of the header becomes an extreme one."""
    found = list(NUMBER.finditer(data[:600]))
    if not found:
        return data
    number = rng.choice(found)
    return data[: number.start()] + rng.choice(NUMBERS) + data[number.end() :]


def mutant(data: bytes, rng: random.Random) -> bytes:
    """One way or the other."""
    words = data.startswith((b"NRRD", b"ObjectType"))
    return with_other_numbers(data, rng) if words and rng.random() < 0.6 else damaged(data, rng)


def seeds(volume: Volume, folder: Path) -> dict[str, Path]:
    """A sound file of every kind that is read."""
    slices = save_dicom_series(volume, folder / "slices")
    made = {
        "scan.nii": folder / "scan.nii",
        "scan.nii.gz": folder / "scan.nii.gz",
        "slice.dcm": slices[0],
        "scan.nrrd": write_nrrd(folder / "scan.nrrd", volume),
        "packed.nrrd": write_nrrd(folder / "packed.nrrd", volume, encoding="gzip"),
        "text.nrrd": write_nrrd(folder / "text.nrrd", volume, encoding="ascii"),
        "scan.mha": write_meta(folder / "scan.mha", volume),
        "packed.mha": write_meta(folder / "packed.mha", volume, packing="zlib"),
        "text.mha": write_meta(folder / "text.mha", volume, packing="text"),
        "series.zip": folder / "series.zip",
        "nested.zip": folder / "nested.zip",
    }
    save_nifti(volume, made["scan.nii"])
    save_nifti(volume, made["scan.nii.gz"])
    for name, syntax in (("rle.dcm", RLELossless), ("j2k.dcm", JPEG2000Lossless)):
        coded = dcmread(slices[0])
        coded.Rows, coded.Columns = 64, 64
        coded.PixelData = np.resize(volume.voxels[0], (64, 64)).astype("<i2").tobytes()
        coded.compress(syntax)
        made[name] = folder / name
        coded.save_as(made[name])
    made["bare.dcm"] = folder / "bare.dcm"
    bare = dcmread(slices[0])
    del bare.file_meta
    bare.preamble = None
    bare.save_as(made["bare.dcm"], enforce_file_format=False, implicit_vr=True, little_endian=True)
    with zipfile.ZipFile(made["series.zip"], "w", zipfile.ZIP_DEFLATED) as archive:
        for path in slices[:3]:
            archive.write(path, path.name)
    with zipfile.ZipFile(made["nested.zip"], "w") as archive:
        archive.write(made["series.zip"], "inner.zip")
        archive.write(made["scan.mha"], "folder/scan.mha")
    return made


def opens(path: Path) -> bool:
    """Whether a file gives a volume; anything but that and a named refusal is a failure."""
    try:
        volume = open_volume(path, limits=LIMITS)
    except VolumeError as error:
        if not str(error).startswith(f"{path.name}: "):
            raise AssertionError(f"a refusal without the file's name: {error}") from error
        return False
    assert np.isfinite(volume.voxels).all()
    assert len(volume.digest) == 32
    return True


def attempt(name: str, data: bytes, seed: int, folder: Path) -> bool:
    """One case; the seed is in the message of a failure."""
    target = folder / "upload"
    target.write_bytes(mutant(data, random.Random(f"{name} {seed}")))
    started = time.process_time()
    try:
        return opens(target)
    except Exception as error:
        raise AssertionError(f"{name}, seed {seed}: {type(error).__name__}: {error}") from error
    finally:
        spent = time.process_time() - started
        assert spent < SLOW_SECONDS, f"{name}, seed {seed} took {spent:.0f} s"


def soak(minutes: float, first_seed: int, say: Callable[[str], object]) -> int:
    """Cases of every kind until the time is over; returns how many there were."""
    count, opened = 0, 0
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        made = seeds(make_case(1, shape=(12, 20, 16)).volume, folder)
        contents = {name: path.read_bytes() for name, path in made.items()}
        settled = 0
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            for name, data in contents.items():
                opened += attempt(name, data, first_seed + count, folder)
                count += 1
            held = psutil.Process().memory_info().rss
            settled = settled or (held if count > 500 else 0)
            assert not settled or held < settled + GROWTH_BYTES, f"memory grew to {held:,} bytes"
            if count % (100 * len(contents)) == 0:
                say(f"{count:,} cases, {opened:,} opened, {held >> 20} MiB")
    say(f"{count:,} cases, {opened:,} opened, no failure")
    return count


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    soak(chosen.minutes, chosen.seed, lambda line: sys.stdout.write(line + "\n"))


if __name__ == "__main__":
    main()
