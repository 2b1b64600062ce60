import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import nibabel
import numpy as np
import pytest
from PIL import Image

from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.explain.cells.part import ATTENTION, COLOURS, GRIDS, LIKE, CellsPart
from med3dvlm.ui.explain.cells.pictures import attention_rows, grid_of
from med3dvlm.ui.explain.running import HELD
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from tests.ui.conftest import Parts

After = Callable[..., dict[Any, Any]]
LOW, HIGH = GRIDS


@pytest.fixture
def part(parts: Parts, working: Callable[..., Any]) -> CellsPart:
    return working(parts.explain.cells)


def shown(part: CellsPart, visitor: gr.Request, *given: Any) -> Any:
    return guarded(part.show, part.work.refuse)(*given, visitor)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_chosen_cell_is_most_like_itself(
    part: CellsPart,
    scan: Scan,
    encoded: Encoded,
    visitor: gr.Request,
    after: After,
    cache: Path,
    grid: str,
) -> None:
    place = (3.0, 5.0, 9.0)
    held = after(shown(part, visitor, LIKE, grid, scan, encoded, place))
    state = held[part.viewer]
    assert state.crosshair == place
    assert state.overlay.values.max() == 255
    assert state.overlay.legend == "likeness to the chosen cell (Cells)"
    assert "their cosine" in held[part.result]
    assert "No certificate can exist" in held[part.result]
    assert all(held[button].visible for button in part.downloads)


def test_colours_and_attention_are_pictures_with_their_meaning(
    part: CellsPart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(shown(part, visitor, COLOURS, LOW, scan, None, None))
    assert "data:image/webp" in held[part.result]
    assert "in each scan a colour has another meaning" in held[part.result]
    assert "No certificate can exist" in held[part.result], "it had only its meaning"
    held = after(shown(part, visitor, ATTENTION, HIGH, scan, None, None))
    assert "No map" in held[part.result]
    assert "layer 1" in held[part.result]
    assert part.viewer not in held, "attention is not laid over the scan"


def saved(part: CellsPart, held: dict[Any, Any]) -> list[Path]:
    """The files that are offered."""
    offered = [held[button] for button in part.downloads if held[button].visible]
    return [Path(str(button.value["path"])) for button in offered]


def test_colours_are_saved_on_the_scans_grid_as_a_picture_and_as_numbers(
    part: CellsPart, scan: Scan, visitor: gr.Request, after: After, cache: Path
) -> None:
    """They were shown, and could not be saved."""
    held = after(shown(part, visitor, COLOURS, LOW, scan, None, None))
    nifti, png, table = saved(part, held)
    image: Any = nibabel.load(nifti)  # type: ignore[attr-defined]
    assert image.get_data_dtype().names == ("R", "G", "B")
    assert image.shape == scan.volume.shape[::-1]
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == len({(row["z"], row["y"], row["x"]) for row in rows})
    painted = {tuple(int(n) for n in voxel) for voxel in np.unique(np.asarray(image.dataobj))}
    listed = {tuple(round(255 * float(row[c])) for c in ("red", "green", "blue")) for row in rows}
    near = [min(max(abs(a - b) for a, b in zip(p, q, strict=True)) for q in listed)
            for p in painted - {(0, 0, 0)}]  # fmt: skip
    assert max(near) <= 1, "each voxel has the colour of a cell"
    with Image.open(png) as sheet:
        assert sheet.mode == "RGB"


def test_attention_is_saved_as_numbers_alone(
    part: CellsPart, scan: Scan, visitor: gr.Request, after: After, cache: Path
) -> None:
    """It could not be saved at all."""
    held = after(shown(part, visitor, ATTENTION, HIGH, scan, None, None))
    [table] = saved(part, held)
    first = next(csv.DictReader(table.read_text().splitlines()))
    assert first.pop("layer") == "1"
    assert 0 < sum(map(float, first.values())) < 1


def test_attention_sums_to_less_than_one(services: Services, scan: Scan) -> None:
    features = services.encode(scan.volume, scan.choice)
    shares = services.attention(features, "Is there a stone?")
    assert shares.shape[1] == len(features.image_tokens)
    assert (shares >= 0).all()
    assert (shares.sum(axis=1) < 1).all(), "the question has its share"
    blank = replace(features, image_tokens=np.zeros_like(features.image_tokens))
    assert not np.allclose(shares, services.attention(blank, "Is there a stone?"))
    assert attention_rows(shares).count("<td") == shares.size


def test_it_follows_the_crosshair_on_request(
    part: CellsPart, scan: Scan, encoded: Encoded, visitor: gr.Request, after: After,
    clicked: Callable[..., Any],
) -> None:  # fmt: skip
    assert part.go(clicked([8, 16, 4])) == {part.crosshair: (8.0, 16.0, 4.0)}
    given = (LIKE, LOW, scan, encoded, (8.0, 16.0, 4.0))
    assert part.viewer in after(part.follow(visitor, True, *given))
    assert list(part.follow(visitor, False, *given)) == []
    assert list(part.follow(visitor, True, COLOURS, *given[1:])) == []


def test_without_a_scan_or_while_one_is_opened_nothing_begins(
    part: CellsPart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(shown(part, visitor, LIKE, LOW, None, None, None))
    assert "Open a scan first" in held[part.work.notice]
    part.work.switches.renew(visitor, OPEN)
    held = after(shown(part, visitor, LIKE, LOW, scan, None, None))
    assert HELD in held[part.work.notice]
    assert part.turn_to(visitor)[part.result] == NOTHING


def test_cells_of_a_grid() -> None:
    assert grid_of((48, 96, 96), 32) == (2, 3, 3)
    assert grid_of((48, 96, 96), 64) == (1, 2, 2)
