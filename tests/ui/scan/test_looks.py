"""No message to the viewer takes back what another has said of the scan."""

from dataclasses import replace

import pytest

from med3dvlm.ui.components.viewer import Overlay
from med3dvlm.ui.explain.map_files import overlay_of
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.looks import picture_of, unmoved, with_overlay
from med3dvlm.volumes.window import LUNG
from tests.ui.explain.conftest import a_map


@pytest.fixture
def fresh(scan: Scan) -> Scan:
    return replace(scan, center=(1.0, 2.0, 3.0), window=LUNG)


def overlay() -> Overlay:
    return overlay_of(a_map())


def test_a_map_stays_when_the_model_has_read_the_scan_meanwhile(
    fresh: Scan, encoded: Encoded
) -> None:
    """Of two messages that came together the browser showed the last, which knew of no map."""
    place = (2.0, 3.0, 4.0)
    drawn = with_overlay(fresh, None, overlay(), crosshair=place)
    read = unmoved(fresh, encoded)
    assert read.overlay is drawn.overlay
    assert (read.crosshair, read.move) == (place, drawn.move), "it goes there once"
    assert read.cells == encoded.features.mapping
    other = with_overlay(fresh, None, overlay())
    assert other.cells == encoded.features.mapping, "nor does the map take back the cells"


def test_the_picture_may_come_together_with_what_lies_over_it(
    fresh: Scan, encoded: Encoded
) -> None:
    draft, whole = picture_of(fresh, draft=True), picture_of(fresh)
    read = unmoved(fresh, encoded)
    assert draft.draft
    assert draft.move == whole.move == read.move
    assert (read.crosshair, read.window, read.draft) == ((1.0, 2.0, 3.0), LUNG, False)


def test_an_overlay_is_taken_away_and_one_scan_knows_nothing_of_another(fresh: Scan) -> None:
    assert with_overlay(fresh, None, overlay()).overlay is not None
    assert unmoved(replace(fresh), None).overlay is None, "a copy is another scan"
    assert with_overlay(fresh, None, None).overlay is None
    assert unmoved(fresh, None).overlay is None


def test_each_opening_is_another_even_of_the_same_scan(fresh: Scan) -> None:
    first, again = picture_of(fresh), picture_of(replace(fresh))
    assert first.opened == unmoved(fresh, None).opened != again.opened


def test_each_move_is_another(fresh: Scan) -> None:
    moves = {with_overlay(fresh, None, None, window=LUNG).move for _ in range(3)}
    assert len(moves) == 3
    assert with_overlay(fresh, None, overlay()).move in moves, "an overlay alone moves nobody"
