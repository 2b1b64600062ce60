"""What is shown of how the model is built: each topic with its words, figure, picture and table.

shown = convolution(layer)
shown = of_stem(services, scan)
shown = of_cell(services, scan, (40, 120, 60), 3)
shown = of_journey(services, scan)
shown = twelve(services, library)
shown = of_library(library, embedding)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from med3dvlm.errors import LibraryError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.structure import convolution as cost
from med3dvlm.explain.structure import journey, lattice
from med3dvlm.hosting.models.services import Services
from med3dvlm.metrics.ranking import hits_at
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.projection import principal_projection
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.ui.explain.model.figures import convolution_figure, matrix_figure
from med3dvlm.ui.explain.model.pictures import draw_field, draw_lattice, draw_levels
from med3dvlm.ui.explain.said import both_ways, png
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.search.figures import Mark, Points, map_figure
from med3dvlm.ui.search.plots import OPEN_SCAN

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TWELVE = 12
SMALL_LIBRARY = "The library has fewer than two scans with a text. Add some, or start with another."
NO_EMBEDDINGS = "The library is empty: there is nothing to draw a map of."

MATRIX_MEANS = (
    "How alike the model finds each scan (row) and each text (column): a ring in the diagonal is a "
    "text whose own scan is the most similar of all."
)
MATRIX_MEANS_NOT = (
    "Not that a text which misses its scan is wrong about it: two scans with the same findings "
    "have texts that fit both."
)
MAP_MEANS = (
    "Scans that lie close together are alike to the model in the two directions in which the "
    "library varies most."
)
MAP_MEANS_NOT = (
    "Not all that the model compares: two directions hold only part of an embedding, so neighbours "
    "here may be far apart."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """What one topic shows.

    Attributes:
        words: HTML.
        rows: of its table.
        figure: to play with.
        picture: PNG.
        map: to be laid over the scan.
    """

    words: str
    rows: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    figure: "Figure | None" = None
    picture: bytes = b""
    map: Map | None = None


def convolution(layer: cost.Layer) -> Shown:
    """The cost of three lines beside that of a cube."""
    lines, cube = cost.three_lines(layer), cost.whole_cube(layer)
    read, whole = layer.voxels_read
    rows = [
        {"what": what, "parameters": found.parameters, "multiplications": found.multiplications}
        for what, found in (("three lines", lines), ("whole cube", cube))
    ]
    cells = "".join(
        f"<tr><th>{row['what']}</th><td>{row['parameters']:,}</td>"
        f"<td>{row['multiplications']:,}</td></tr>"
        for row in rows
    )
    fewer = cube.parameters / lines.parameters
    places = " x ".join(map(str, layer.places))
    words = (
        f"<table class='explain-cost'><tr><th></th><th>parameters</th>"
        f"<th>multiplications for a scan</th></tr>{cells}</table>"
        f"<p class='explain-note'>{layer.kernel} voxels along each axis, {layer.inputs} to "
        f"{layer.outputs} channels, applied at {places} places. The lines read {read} of the "
        f"{whole:,} voxels of the cube, with {_times(fewer)} parameters.</p>"
        + both_ways(cost.MEANS, cost.MEANS_NOT)
    )
    return Shown(words=words, rows=rows, figure=convolution_figure(layer))


def _times(fewer: float) -> str:
    return f"{fewer:.1f} times fewer" if fewer > 1 else f"{1 / fewer:.1f} times as many"


def of_stem(services: Services, scan: Scan, z: int | None = None) -> Shown:
    """The stem's lines on two slices of the model's input."""
    stem = services.insights.stem(scan.volume, scan.choice)
    depth = stem.voxels.shape[0]
    layer = (depth // 2 if z is None else z) // 4 * 4  # one that lies on the lines
    lines = lattice.stem_lines(stem.voxels.shape)
    share, here, after = (
        float(part.mean()) for part in (lines.any(0), lines[:, layer].any(0),
                                        lines[:, layer + 1].any(0))
    )  # fmt: skip
    picture = draw_lattice(stem.voxels, layer)
    words = (
        f"{png(picture, 'two slices of the input with the voxels that the stem reads')}"
        f"<p class='explain-note'>Slice {layer + 1} of {depth} of the model's input, and the one "
        "after it. Yellow: read along depth; green: along height; blue: along width.</p>"
        f"<p>The stem reads {100 * share:.1f} % of the voxels (measured on the loaded weights by "
        f"the gradient: {100 * stem.measured:.1f} %), {100 * here:.1f} % of this slice and "
        f"{100 * after:.1f} % of the next.</p>" + both_ways(lattice.MEANS, lattice.MEANS_NOT)
    )
    rows = [
        {"slice": n + 1, "share_read": round(float(lines[:, n].any(0).mean()), 5)}
        for n in range(depth)
    ]
    return Shown(words=words, rows=rows, picture=picture)


def of_cell(services: Services, scan: Scan, voxel: tuple[float, float, float], stage: int) -> Shown:
    """What the cell at a voxel sees, beside the cell as it is drawn."""
    found = services.insights.field(scan.volume, scan.choice, voxel, stage)
    seen = services.card.input.prepare(scan.volume, scan.choice)
    edges = tuple(
        scale * mm for scale, mm in zip(seen.mapping.scale, scan.volume.spacing_mm, strict=True)
    )
    picture = draw_field(found, seen.tensor[0, 0].numpy(), (edges[0], edges[1], edges[2]))
    rows = [
        {
            "axis": axis, "cell_voxels": cell, "cell_mm": round(cell * mm, 1),
            "reach_voxels": reach, "reach_mm": round(reach * mm, 1),
        }
        for axis, cell, reach, mm in zip(
            lattice.AXES, found.nominal, found.reach, edges, strict=True
        )
    ]  # fmt: skip
    sizes = ", ".join(
        f"{row['axis']} {row['cell_mm']:.0f} mm against {row['reach_mm']:.0f} mm" for row in rows
    )
    words = (
        f"{png(picture, 'two slices with a cell and what it sees')}"
        "<p class='explain-note'>White: the cell as it is drawn. Blue: where nine tenths of its "
        "gradient lie along each axis. Orange: the gradient.</p>"
        f"<p>Cell {', '.join(map(str, found.cell))}: {sizes}. Only {100 * found.inside:.0f} % of "
        f"the gradient lies within the cell; {100 * found.touched:.1f} % of the input's voxels "
        "have any.</p>"
    )
    return Shown(words=words, rows=rows, picture=picture, map=found.map)


def of_journey(services: Services, scan: Scan) -> Shown:
    """Every step from the scan to the language model."""
    stops = services.insights.journey(scan.volume, scan.choice)
    rows = [
        {
            "step": stop.name, "shape": " x ".join(map(str, stop.shape)), "counts": stop.axes,
            "parameters": stop.parameters, "about": stop.about,
        }
        for stop in stops
    ]  # fmt: skip
    items = "".join(
        f"<li>{png(draw_levels(stop.picture), f'size of the numbers of {stop.name}')}<div>"
        f"<b>{escape(stop.name)}</b> {row['shape']} <small>({stop.axes})</small>"
        f"<p class='explain-note'>{escape(stop.about)}; {stop.parameters:,} parameters</p></div>"
        "</li>"
        for stop, row in zip(stops, rows, strict=True)
    )
    words = f"<ol class='explain-journey'>{items}</ol>{both_ways(journey.MEANS, journey.MEANS_NOT)}"
    return Shown(words=words, rows=rows)


def twelve(services: Services, library: Library) -> Shown:
    """The similarities of twelve scans of the library and their texts."""
    entries, vectors = library.entries(), library.vectors()[1]
    chosen = varied([entry if entry.text.strip() else None for entry in entries])
    if len(chosen) < 2:
        raise LibraryError(SMALL_LIBRARY)
    texts = np.stack([services.embed(entries[n].text) for n in chosen])
    similarity = vectors[chosen].astype(np.float64) @ texts.T.astype(np.float64)
    titles = [entries[n].title for n in chosen]
    right = round(float(hits_at(similarity.T, 1).sum()))
    listed = "".join(f"<li>{escape(title)}</li>" for title in titles)
    words = (
        f"<p>{right} of {len(chosen)} texts are most similar to their own scan; by chance it would "
        f"be 1.</p><details><summary>The scans</summary><ol>{listed}</ol></details>"
        + both_ways(MATRIX_MEANS, MATRIX_MEANS_NOT)
    )
    rows = [
        {"scan": title} | {f"text {n}": round(float(s), 4) for n, s in enumerate(row, start=1)}
        for title, row in zip(titles, similarity, strict=True)
    ]
    return Shown(words=words, rows=rows, figure=matrix_figure(similarity, titles))


def varied(entries: Sequence[Entry | None]) -> list[int]:
    """The places of up to twelve entries, as many different first findings as possible first."""
    usable = [(n, entry) for n, entry in enumerate(entries) if entry is not None]
    seen: dict[str, int] = {}
    ranked = []
    for n, entry in usable:
        kinds = entry.facts.get("kinds") if isinstance(entry.facts, dict) else None
        name = str(kinds[0]) if isinstance(kinds, list) and kinds else ""
        seen[name] = seen.get(name, 0) + 1
        ranked.append((seen[name], n))
    return sorted(n for _, n in sorted(ranked)[:TWELVE])


def of_library(library: VectorReader, embedding: "np.ndarray[Any, Any] | None") -> Shown:
    """Where each scan of the library lies, and the open scan among them."""
    glances, vectors = library.glances("region"), library.vectors()[1]
    if not glances:
        raise LibraryError(NO_EMBEDDINGS)
    projection = principal_projection(vectors)
    places = projection.places(vectors)
    marks, rows = [], [
        {"scan": one.title, "component_1": round(float(a), 4), "component_2": round(float(b), 4)}
        for one, (a, b) in zip(glances, places, strict=True)
    ]  # fmt: skip
    if embedding is not None and embedding.size:
        x, y = map(float, projection.places(embedding[None])[0])
        marks.append(Mark(OPEN_SCAN, (x, y)))
        rows.append({"scan": OPEN_SCAN, "component_1": round(x, 4), "component_2": round(y, 4)})
    points = Points(glances, places, projection.shares)
    here = "The star is the open scan." if marks else "Open a scan to see it among them."
    words = f"<p>{len(glances)} scans. {here}</p>{both_ways(MAP_MEANS, MAP_MEANS_NOT)}"
    figure = map_figure(points, marks=marks)
    return Shown(words=words, rows=rows, figure=figure)
