"""The volume rule, against a plain second writing of it."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image

from med3dvlm.errors import TrainingError
from train.data.m3d.slices import read_series, read_slices

GRID = (16, 24, 20)


def write(folder: Path, stack: np.ndarray, names: list[str] | None = None, **options) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(stack):
        name = names[i] if names else f"{i + 1}.png"
        Image.fromarray(picture).save(folder / name, **options)
    return folder


def stack_of(*shape: int, seed: int = 0) -> np.ndarray:
    stack = np.random.default_rng(seed).integers(40, 200, shape, dtype=np.uint8)
    stack[0] = 40  # a flat first slice, and flat borders: cropped
    stack[:, :3] = 40
    stack[:, :, -2:] = 40
    return stack


def plainly(stack: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
    image = stack.astype(np.float32) / 255
    image = image - image.min()
    image = image / image.max()
    places = np.argwhere(image > 0)
    (a, b, c), (d, e, f) = places.min(axis=0), places.max(axis=0) + 1
    cut = torch.from_numpy(image[a:d, b:e, c:f])[None, None]
    whole = torch.nn.functional.interpolate(cut, size=grid, mode="trilinear", align_corners=False)
    return whole[0, 0].numpy()


def test_a_series_follows_the_published_rule(tmp_path: Path) -> None:
    stack = stack_of(11, 30, 28)
    ready = read_series(write(tmp_path / "axial", stack), grid=GRID)
    assert ready.voxels.shape == GRID
    assert ready.slices == 11
    assert not ready.dropped
    np.testing.assert_allclose(ready.voxels / 255, plainly(stack, GRID), atol=0.5 / 255 + 1e-6)


def test_slices_are_sorted_by_number_not_by_name(tmp_path: Path) -> None:
    stack = stack_of(12, 9, 9)
    read, _ = read_slices(write(tmp_path, stack))
    assert np.array_equal(read, stack)


def test_slices_of_another_size_and_stray_files_are_dropped_by_name(tmp_path: Path) -> None:
    stack = stack_of(4, 9, 9)
    write(tmp_path, stack)
    write(tmp_path, stack_of(1, 5, 6), ["7.png"])
    (tmp_path / "Thumbs.db").touch()
    (tmp_path / "mask_1.png").touch()
    read, dropped = read_slices(tmp_path)
    assert np.array_equal(read, stack)
    assert dropped == {
        "7.png": "another size: 5x6",
        "Thumbs.db": "not a numbered slice",
        "mask_1.png": "not a numbered slice",
    }


def to_palette(picture: np.ndarray) -> Image.Image:
    """The grey levels behind a palette in another order."""
    image = Image.fromarray(255 - picture, mode=None)
    image.putpalette([255 - level for level in range(256) for _ in range(3)])
    return image


@pytest.mark.parametrize(
    "convert",
    [
        to_palette,
        lambda p: Image.fromarray(p).convert("RGB"),
        lambda p: Image.fromarray(p).convert("RGBA"),
        lambda p: Image.fromarray(p).convert("LA"),
    ],
)
def test_every_8_bit_picture_is_the_same_grey(
    tmp_path: Path, convert: Callable[[np.ndarray], Image.Image]
) -> None:
    stack = stack_of(3, 9, 9)
    for i, picture in enumerate(stack):
        convert(picture).save(tmp_path / f"{i}.png")
    read, _ = read_slices(tmp_path)
    assert np.array_equal(read, stack)


def test_jpeg_slices_are_read(tmp_path: Path) -> None:
    stack = np.full((3, 16, 16), 90, np.uint8)
    stack[:, 4:12, 4:12] = 200
    read, _ = read_slices(write(tmp_path, stack, ["1.jpeg", "2.JPG", "3.jpg"], quality=95))
    np.testing.assert_allclose(read.astype(int), stack, atol=12)


@pytest.mark.parametrize("ending", [".npy", ".nii.gz"])
def test_prepared_files_are_only_resized(tmp_path: Path, ending: str) -> None:
    volume = np.random.default_rng(1).random(GRID, dtype=np.float32)
    path = tmp_path / f"axial{ending}"
    if ending == ".npy":
        np.save(path, volume[None])
    else:  # as written from an array [z, y, x] with identity direction in LPS
        affine = np.diag([-1.0, -1.0, 1.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(volume.transpose(2, 1, 0), affine), path)
    voxels = read_series(path, grid=GRID).voxels
    np.testing.assert_allclose(voxels / 255, volume, atol=0.5 / 255 + 1e-6)


def broken(folder: Path, kind: str) -> Path:
    folder.mkdir()
    if kind == "torn":
        write(folder, stack_of(3, 40, 40))
        (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:300])
    if kind == "text":
        write(folder, stack_of(3, 9, 9))
        (folder / "2.png").write_text("no picture")
    if kind == "flat":
        write(folder, np.full((3, 9, 9), 7, np.uint8))
    if kind == "deep":
        Image.fromarray(np.full((9, 9), 3000, np.uint16)).save(folder / "1.png")
    if kind == "npy":
        np.save(folder / "a.npy", np.full((1, 3, 3, 3), 900.0))
        return folder / "a.npy"
    if kind == "flat npy":
        np.save(folder / "a.npy", np.zeros((3, 3)))
        return folder / "a.npy"
    return folder


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", "contains no slices"),
        ("torn", r"series/2\.png"),
        ("text", r"series/2\.png"),
        ("flat", "one uniform grey"),
        ("deep", r"series/1\.png: an image of mode I;16"),
        ("npy", "values from 900 to 900"),
        ("flat npy", "expected one volume"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        read_series(broken(tmp_path / "series", kind), grid=GRID)
