"""HTML with the original next to the model's input.

html = pictures_html(volume, seen, place)
"""

import base64
import io
from html import escape

from PIL import Image

from med3dvlm.volumes.grid import ModelInput
from med3dvlm.volumes.views.input_view import Grey, InputPlane, Pair, how_made, input_planes
from med3dvlm.volumes.volume import Volume

TALLEST_PX = 300
ORIGINAL_QUALITY = 85
OUTSIDE = "The crosshair is outside what the model sees; the nearest slices are shown."


def pictures_html(
    volume: Volume, seen: ModelInput, place: tuple[float, float, float] | None
) -> str:
    """Three planes through a voxel (the middle when None), and how the input was made."""
    center = place or tuple((n - 1) / 2 for n in volume.shape)
    z, y, x = center
    planes = input_planes(volume, seen, (z, y, x))
    figures = "".join(_figure(plane) for plane in planes)
    outside = "" if planes[0].seen_cross else f"<p class='outside'>{OUTSIDE}</p>"
    made = "".join(f"<li>{escape(line)}</li>" for line in how_made(volume, seen))
    return f"<div class='seen'><ul>{made}</ul>{outside}<div class='planes'>{figures}</div></div>"


def _figure(plane: InputPlane) -> str:
    height, width = plane.original_mm
    _, _, tall, wide = plane.box
    original = _pane(
        _webp(plane.original), (height, width), plane.cross,
        f"{plane.plane} slice of the original", box=plane.box,
    )  # fmt: skip
    seen = _pane(
        _png(plane.seen), (height * tall, width * wide), plane.seen_cross,
        f"{plane.plane} slice of the model's input, one square per cell",
    )  # fmt: skip
    return (
        f"<figure><figcaption>{plane.plane.capitalize()}</figcaption>"
        f"<span>Original, slice {plane.index + 1}</span>{original}"
        f"<span>Model input, slice {plane.cell + 1}</span>{seen}</figure>"
    )


def _pane(
    address: str,
    size_mm: Pair,
    cross: Pair | None,
    words: str,
    *,
    box: tuple[float, float, float, float] | None = None,
) -> str:
    """A picture at its true aspect, with the box of the crop and the crosshair drawn over it."""
    height, width = size_mm
    aspect = width / height
    marks = ""
    if box:
        top, left, tall, wide = (100 * share for share in box)
        marks += (
            f"<i class='box' style='top:{top:.2f}%;left:{left:.2f}%;height:{tall:.2f}%;"
            f"width:{wide:.2f}%'></i>"
        )
    if cross:
        row, column = (100 * share for share in cross)
        marks += f"<i class='row' style='top:{row:.2f}%'></i>"
        marks += f"<i class='column' style='left:{column:.2f}%'></i>"
    style = f"aspect-ratio:{aspect:.4f};width:min(100%,{TALLEST_PX * aspect:.0f}px)"
    return f"<div class='pane' style='{style}'><img src='{address}' alt='{words}'>{marks}</div>"


def _png(grey: Grey) -> str:
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "PNG")
    return _address(stream, "png")


def _webp(grey: Grey) -> str:
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "WEBP", quality=ORIGINAL_QUALITY)
    return _address(stream, "webp")


def _address(stream: io.BytesIO, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
