"""What lies around a body in a scan: the table, blankets and clothes, wires on the skin.

Drawn into the air only, after the body: the table stays straight where the body is bent.
"""

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.canvas import Canvas, Field, clip01

BODY_HU, FREE_HU = -300.0, -700.0
TABLES = ("none", "arc", "double arc", "tray", "flat", "cradle")
TABLE_SHARE = (0.07, 0.2, 0.28, 0.25, 0.1, 0.1)


def draw_surroundings(canvas: Canvas, rng: np.random.Generator) -> None:
    """A table of some shape, and now and then cloth or wires."""
    body = canvas.hu > BODY_HU
    rows = np.flatnonzero(body.mean(axis=(0, 2)) > 0.02)
    if rows.size == 0:
        return
    back = float(canvas.y[rows[-1]])
    middle = float((canvas.x[0] + canvas.x[-1]) / 2) + float(rng.normal(0, 8))
    kind = str(rng.choice(TABLES, p=TABLE_SHARE))
    if kind != "none":
        _draw_table(canvas, rng, kind, (back + float(rng.uniform(2, 26)), middle))
    if rng.random() < 0.4:
        _draw_cloth(canvas, body, rng)
    if rng.random() < 0.15:
        _draw_wires(canvas, body, rng)


def _draw_table(
    canvas: Canvas, rng: np.random.Generator, kind: str, place: tuple[float, float]
) -> None:
    """Shells of a few mm around a foam; only rows that the table reaches are touched."""
    top, middle = place
    x = canvas.x - np.float32(middle)
    half = float(rng.uniform(170, 240))
    thick = float(rng.uniform(1.2, 4.0))
    shells = [_surface(kind, x, top, half)]
    deep = float(rng.uniform(25, 80))
    if kind == "double arc":
        shells.append(shells[0] + deep * (1 - (x / half) ** 2))
    elif kind in ("tray", "flat"):
        shells.append(np.where(np.abs(x) < 0.6 * half, top + deep, np.inf).astype(np.float32))
    shell_hu, foam_hu = float(rng.uniform(-500, 250)), float(rng.uniform(-990, -880))
    per_mm = np.float32(1 / max(canvas.spacing_mm[1], 1.0))
    cover = np.zeros((len(canvas.y), len(canvas.x)), np.float32)
    for surface in shells:
        distance = np.abs(canvas.y[:, None] - surface[None, :])
        cover = np.maximum(cover, clip01((np.float32(thick) - distance) * per_mm + 0.5))
    cover *= (np.abs(x) < half)[None, :]
    foam = (canvas.y[:, None] > shells[0][None, :]) & (canvas.y[:, None] < shells[-1][None, :])
    painted = np.where(foam, np.float32(foam_hu), np.float32(-1000))
    painted = painted + cover * (np.float32(shell_hu) - painted)
    _into_air(canvas, painted.astype(np.float32, copy=False))


def _surface(kind: str, x: Field, top: float, half: float) -> Field:
    """Height of the table top at each x."""
    rise = (x / half) ** 2
    heights: Field = {
        "arc": top - 38 * rise, "double arc": top - 46 * rise, "flat": top + 0 * rise,
        "tray": top - 60 * np.maximum(np.abs(x) / half - 0.62, 0) / 0.38,
        "cradle": top - 110 * rise,
    }[kind].astype(np.float32)  # fmt: skip
    return heights


def _into_air(canvas: Canvas, plate: Field) -> None:
    """The same plate [y, x] in every slice, wherever there is air."""
    rows = np.flatnonzero((plate > -999).any(axis=1))
    if rows.size == 0:
        return
    part = canvas.hu[:, rows[0] : rows[-1] + 1]
    np.copyto(part, plate[None, rows[0] : rows[-1] + 1], where=part < FREE_HU)


def _draw_cloth(canvas: Canvas, body: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """A blanket over the front: a thin layer that lies on the body with folds."""
    outline = np.asarray(body.any(axis=0))
    columns = outline.any(axis=0)
    front = np.where(columns, canvas.y[outline.argmax(axis=0)], np.float32(np.inf))
    if not columns.any():
        return
    folds = float(rng.uniform(2, 14))
    wave = np.sin(canvas.x / float(rng.uniform(9, 30)) + float(rng.uniform(0, 6)))
    line = front - np.float32(6) - folds * (1 + wave)
    distance = np.abs(canvas.y[:, None] - line[None, :])
    thick = float(rng.uniform(1.0, 5.0))
    cover = clip01((np.float32(thick) - distance) / np.float32(canvas.spacing_mm[1]) + 0.5)
    hu = float(rng.uniform(-900, -350))
    _into_air(canvas, (-1000 + cover * (hu + 1000)).astype(np.float32))


def _draw_wires(canvas: Canvas, body: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Leads of an electrocardiogram or a drip on the skin in front."""
    outline = np.asarray(body.any(axis=0))
    columns = np.flatnonzero(outline.any(axis=0))
    for _ in range(int(rng.integers(1, 5))):
        column = int(rng.choice(columns))
        y = float(canvas.y[int(outline[:, column].argmax())]) - 4
        z = float(rng.uniform(canvas.z[0], canvas.z[-1]))
        long = float(rng.uniform(4, 90))
        place = (float(canvas.x[column]), y, z)
        canvas.blob(place, (3.0, 3.0, long), float(rng.uniform(100, 2500)))
