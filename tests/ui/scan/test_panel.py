from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.scan import examples
from med3dvlm.ui.scan.looks import picture_of
from med3dvlm.ui.scan.opening import key_of_card
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.scan.series import series_cards

After = Callable[..., dict[Any, Any]]
SEED = SHOWROOM[200]


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploads are kept; and phantoms of few voxels."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr(examples, "SHAPE", (16, 32, 32))
    return folder


def nifti(folder: Path, name: str, shape: tuple[int, int, int] = (4, 5, 6)) -> str:
    voxels = np.random.default_rng(shape[0]).integers(-900, 1500, shape).astype(np.int16)
    Nifti1Image(voxels, np.eye(4)).to_filename(folder / name)
    return str(folder / name)


@pytest.fixture
def two_series(panel: ScanPanel, tmp_path: Path, after: After) -> dict[Any, Any]:
    """What the panel holds after an upload of a small and a large series."""
    files = [nifti(tmp_path, "small.nii"), nifti(tmp_path, "large.nii", (9, 9, 9))]
    return after(panel.open_files(files))


def test_an_upload_is_shown_coarse_first_and_then_whole(panel: ScanPanel, tmp_path: Path) -> None:
    reading, draft, whole = panel.open_files([nifti(tmp_path, "Mary Shelley.nii")])
    assert "Reading the files" in reading[panel.notice]
    assert draft[panel.viewer].draft
    assert not whole[panel.viewer].draft
    assert whole[panel.viewer].title == "Mary Shelley.nii"
    assert whole[panel.notice] == NOTHING


def test_an_upload_becomes_the_open_scan(panel: ScanPanel, tmp_path: Path, after: After) -> None:
    held = after(panel.open_files([nifti(tmp_path, "scan.nii")]))
    scan = held[panel.session.scan]
    assert scan.volume.shape == (6, 5, 4)
    assert (scan.name, scan.seed) == ("scan.nii", None)
    assert held[panel.viewer].volume is scan.volume
    assert "4 x 5 x 6 voxels" in held[panel.facts]
    assert not held[panel.series].visible
    assert not held[panel.frame].visible


def test_a_file_that_was_read_is_removed(
    panel: ScanPanel, tmp_path: Path, disk: Path, after: After
) -> None:
    path = nifti(tmp_path, "scan.nii")
    held = after(panel.open_files([path]))
    assert held[panel.upload].series
    assert not any(disk.iterdir())
    assert not Path(path).exists()


def test_of_several_series_the_largest_is_shown_and_the_others_offered(
    panel: ScanPanel, two_series: dict[Any, Any], disk: Path
) -> None:
    assert two_series[panel.session.scan].volume.shape == (9, 9, 9)
    upload = two_series[panel.upload]
    cards = series_cards(upload, two_series[panel.chosen], upload.previews())
    assert [card.key for card in cards] == [info.key for info in upload.series]
    assert [card.current for card in cards] == [True, False]
    assert "9 x 9 x 9" in cards[0].note
    assert "4 x 5 x 6" in cards[1].note, "columns, rows, slices"
    assert all(card.picture.startswith(b"RIFF") for card in cards)
    assert not any("unknown" in card.note for card in cards)
    plain = series_cards(upload, two_series[panel.chosen], {})
    assert [card.note for card in plain] == ["9 x 9 x 9", "4 x 5 x 6"]
    assert not two_series[panel.frame].visible
    assert any(disk.iterdir()), "kept for the choice"


def test_another_series_can_be_chosen(
    panel: ScanPanel, two_series: dict[Any, Any], after: After, clicked: Any
) -> None:
    upload = two_series[panel.upload]
    held = after(panel.choose_series(upload.series[1].key, upload))
    assert held[panel.session.scan].volume.shape == (6, 5, 4)
    assert held[panel.chosen] == upload.series[1].key
    assert panel.upload not in held
    assert panel.series not in held
    stranger = guarded(panel.choose_series, panel.say)("a key of another upload", upload)
    assert "no longer in the upload" in after(stranger)[panel.notice]


def test_of_several_volumes_in_a_file_one_is_chosen(
    panel: ScanPanel, tmp_path: Path, disk: Path, after: After
) -> None:
    path = tmp_path / "four.nii"
    values = np.arange(360, dtype=np.int16).reshape(4, 5, 6, 3)
    Nifti1Image(values, np.diag([-1.0, -1.0, 2.0, 1.0])).to_filename(path)
    held = after(panel.open_files([str(path)]))
    assert (held[panel.frame].visible, held[panel.frame].maximum) == (True, 3)
    assert any(disk.iterdir()), "kept for the choice"
    third = after(panel.choose_frame(3, held[panel.chosen], held[panel.upload]))
    assert third[panel.session.scan].volume.voxels.T.tolist() == values[..., 2].tolist()
    assert panel.frame not in third
    assert list(panel.choose_frame(1, None, None)) == []


def test_nothing_given_changes_nothing(panel: ScanPanel, clicked: Any) -> None:
    assert list(panel.open_files(None)) == list(panel.open_files([])) == []
    assert list(panel.choose_series("key", None)) == []
    assert list(panel.open_example(None)) == []


def test_a_file_that_is_no_scan_is_told_and_the_open_scan_stays(
    panel: ScanPanel, tmp_path: Path, disk: Path, after: After
) -> None:
    path = tmp_path / "<b>report.pdf"
    path.write_bytes(b"%PDF-1.7")
    held = after(guarded(panel.open_files, panel.say)([str(path)]))
    assert "&lt;b&gt;report.pdf: this is a PDF document" in held[panel.notice]
    assert str(tmp_path) not in held[panel.notice]
    assert held[panel.files] is None, "so that the next file can be dropped"
    assert panel.session.scan not in held
    assert panel.viewer not in held
    assert not any(disk.iterdir())


def test_the_field_for_files_is_emptied_before_they_are_read(panel: ScanPanel) -> None:
    """What was dropped meanwhile was added to them, and read as a part of the same scan."""
    first = next(iter(panel.open_files(["of a scan that is not read yet"])))
    assert first[panel.files] is None


def test_an_example_empties_the_field_for_files(panel: ScanPanel, after: After) -> None:
    """It takes the place of files that are on their way, and which nobody reads then."""
    assert after(panel.open_example(str(SEED)))[panel.files] is None


def test_a_phantom_opens_at_its_finding(panel: ScanPanel, after: After) -> None:
    held = after(panel.open_example(str(SEED)))
    scan = held[panel.session.scan]
    assert (scan.seed, held[panel.viewer].title) == (SEED, f"Phantom {SEED}")
    assert held[panel.viewer].caption.startswith("phantom, ")
    assert held[panel.viewer].crosshair == scan.center
    assert held[panel.viewer].window == scan.window


def test_a_phantom_takes_the_place_of_an_upload(
    panel: ScanPanel, two_series: dict[Any, Any], disk: Path, after: After
) -> None:
    held = two_series | after(panel.open_example(str(SEED)))
    two_series.clear()
    assert held[panel.upload] is None
    assert not held[panel.series].visible
    assert not any(disk.iterdir())


def test_only_what_the_events_declare_is_changed(
    panel: ScanPanel, two_series: dict[Any, Any], after: After
) -> None:
    """Gradio refuses an update of a component that is no output of the event."""
    for held in (two_series, after(panel.open_example(str(SEED))), panel.say("No.")):
        assert set(held) <= set(panel.outputs)


def test_every_example_opens(panel: ScanPanel, cards: list[Card], clicked: Any) -> None:
    for card in cards:
        *_, held = panel.open_example(key_of_card(clicked(card.key, card.title)))
        scan = held[panel.session.scan]
        assert (str(scan.seed) == card.key) is (scan.seed is not None) is not scan.credit


def test_the_page_opens_with_an_example_and_no_scan_is_taken_from_anyone(
    panel: ScanPanel, scan: Scan, after: After
) -> None:
    held = after(panel.welcome(None))
    assert held[panel.session.scan].seed == examples.EXAMPLE_SEEDS[0]
    assert list(panel.welcome(scan)) == []
    again = after(panel.welcome(None))
    assert again[panel.session.scan] is not held[panel.session.scan], "or nobody is told of it"
    assert again[panel.session.scan].volume is held[panel.session.scan].volume


def opening_of(parts: Any, name: str) -> Callable[..., Any]:
    handlers = (known.fn for known in parts.page.fns.values() if known.fn)
    return next(handler for handler in handlers if handler.__name__ == name)


def test_of_two_scans_that_are_opened_the_later_choice_is_shown(
    parts: Any, visitor: gr.Request, after: After
) -> None:
    """A large upload that was ready later took the place of the example clicked meanwhile."""
    panel = parts.panel
    open_example = opening_of(parts, "open_example")
    panel.opening.begin(visitor)
    first = open_example(visitor, str(SEED))
    next(first)
    panel.opening.begin(visitor)
    assert list(first) == [gr.skip()]
    assert panel.switches.current(visitor, OPEN), "the second one is still being opened"
    assert panel.session.scan in after(open_example(visitor, str(SEED)))
    assert panel.switches.current(visitor, OPEN) is None


def test_what_was_begun_before_another_choice_opens_nothing(
    parts: Any, visitor: gr.Request, after: After
) -> None:
    """The page's own example, late on a slow server, after a visitor had chosen another."""
    panel = parts.panel
    panel.opening.begin(visitor, panel.welcome)
    panel.opening.begin(visitor, panel.open_example)
    assert list(opening_of(parts, "welcome")(visitor, None)) == [gr.skip()]
    assert panel.switches.current(visitor, OPEN), "the choice is still to be opened"
    assert panel.session.scan in after(opening_of(parts, "open_example")(visitor, str(SEED)))
    assert panel.switches.current(visitor, OPEN) is None


def test_a_new_scan_ends_the_reading_and_the_truth(
    panel: ScanPanel, switches: Switches, visitor: gr.Request, scan: Scan, other_scan: Scan
) -> None:
    signals = [switches.renew(visitor, task, other_scan.about) for task in ("truth", "read")]
    opening = switches.renew(visitor, OPEN)
    panel.stop_tasks(scan, visitor)
    assert all(signal.is_set() for signal in signals)
    assert not opening.is_set(), "or two quick choices end in nothing"


def test_what_was_begun_for_the_new_scan_goes_on(
    panel: ScanPanel, switches: Switches, visitor: gr.Request, scan: Scan
) -> None:
    """The page tells of its new scan some time after it is open: a question began its reading."""
    signals = [switches.renew(visitor, task, scan.about) for task in ("truth", "read")]
    panel.stop_tasks(scan, visitor)
    assert not any(signal.is_set() for signal in signals)
    panel.stop_tasks(None, visitor)
    assert all(signal.is_set() for signal in signals)


def test_model_grid_is_read_out_once_the_scan_was_read(
    panel: ScanPanel, scan: Scan, other_scan: Scan, encoded: Encoded
) -> None:
    """The same scan with its cells: the visitor's window and place stay as they are."""
    shown = panel.show_cells(scan, encoded)[panel.viewer]
    assert shown.volume is scan.volume
    assert shown.cells == encoded.features.mapping
    assert shown.move == picture_of(scan).move, "the visitor stays where he is"
    assert not shown.draft
    for nothing in (panel.show_cells(None, encoded), panel.show_cells(other_scan, encoded)):
        assert nothing == {panel.viewer: gr.skip()}
