import errno
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.ui.components.viewer import HEAT, ColourMap, Overlay, ViewerState, VolumeViewer
from med3dvlm.ui.components.viewer.codec import decode
from med3dvlm.ui.components.viewer.payload import FileStore, make_payload
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import ABDOMEN, LUNG, auto_window


def scan(shape: tuple[int, int, int] = (4, 6, 8), unit: str = "HU") -> Volume:
    voxels = np.random.default_rng(0).integers(-1000, 1000, shape).astype(np.int16)
    return Volume(voxels=voxels, affine=canonical_affine((2.0, 1.0, 0.5)), unit=unit)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def test_files_hold_the_voxels(store: FileStore) -> None:
    volume = scan()
    data = make_payload(ViewerState(volume=volume), store)
    content = Path(data.full.file.path).read_bytes()
    assert data.full.size == len(content)
    np.testing.assert_array_equal(decode(content, volume.shape, data.full.dtype), volume.voxels)
    assert data.preview is None


def test_the_same_scan_is_compressed_once(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_payload(ViewerState(volume=scan()), store)

    def encode_again(voxels):
        raise AssertionError("compressed again")
        yield

    monkeypatch.setattr("med3dvlm.ui.components.viewer.payload.encode", encode_again)
    second = make_payload(ViewerState(volume=scan()), store)
    assert (second.scan, second.full) == (first.scan, first.full)
    assert second.message != first.message


def test_a_file_that_was_swept_away_is_written_again(store: FileStore) -> None:
    path = Path(make_payload(ViewerState(volume=scan()), store).full.file.path)
    path.unlink()
    make_payload(ViewerState(volume=scan()), store)
    assert path.exists()


def test_file_names_do_not_tell_the_digest(store: FileStore) -> None:
    volume = scan()
    assert volume.digest not in make_payload(ViewerState(volume=volume), store).full.file.path


def test_an_interrupted_write_leaves_no_half_file(store: FileStore) -> None:
    def broken():
        yield b"half"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.keep("key", broken())
    assert not [path for path in store.folder.rglob("*") if path.is_file()]
    assert store.keep("key", [b"whole"]).read_bytes() == b"whole"


def test_window_follows_the_unit(store: FileStore) -> None:
    hounsfield, other = scan(), scan(unit="arbitrary")
    assert make_payload(ViewerState(volume=hounsfield), store).window.center == ABDOMEN.center
    assert make_payload(ViewerState(volume=other), store).window.width == auto_window(other).width
    given = make_payload(ViewerState(volume=other, window=LUNG), store)
    assert (given.window.width, given.window_given) == (LUNG.width, True)


def test_large_scan_has_a_preview_of_block_means(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("med3dvlm.ui.components.viewer.payload.PREVIEW_ABOVE_VOXELS", 100)
    monkeypatch.setattr("med3dvlm.ui.components.viewer.payload.PREVIEW_AXIS", 4)
    volume = scan((4, 6, 9))
    preview = make_payload(ViewerState(volume=volume), store).preview
    assert (preview.factor, preview.shape) == ([1, 2, 3], [4, 3, 3])
    seen = decode(Path(preview.file.path).read_bytes(), (4, 3, 3), preview.dtype)
    assert seen[2, 1, 1] == pytest.approx(volume.voxels[2, 2:4, 3:6].mean(), abs=0.5)
    draft = make_payload(ViewerState(volume=volume, draft=True), store)
    assert draft.full is None
    assert draft.preview == preview


def test_overlay_and_cells_are_placed(store: FileStore) -> None:
    mapping = GridMap(start=(0, 1, 2), stop=(4, 5, 6), grid=(2, 2, 2))
    values = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    overlay = Overlay(values=values, mapping=mapping, legend="Map", ends=("a", "b"))
    data = make_payload(ViewerState(volume=scan(), overlay=overlay, cells=mapping), store)
    assert data.overlay.place == data.cells
    assert data.cells.model_dump() == {"start": [0, 1, 2], "stop": [4, 5, 6], "grid": [2, 2, 2]}
    path = Path(data.overlay.values.file.path)
    np.testing.assert_array_equal(decode(path.read_bytes(), (2, 2, 2), "uint8"), values)
    assert data.overlay.stops == [list(stop) for stop in HEAT.stops]


def test_overlay_of_another_shape_is_refused() -> None:
    mapping = GridMap(start=(0, 0, 0), stop=(4, 4, 4), grid=(2, 2, 2))
    with pytest.raises(ConfigError, match="uint8 values of shape"):
        Overlay(values=np.zeros((2, 2, 3), np.uint8), mapping=mapping, legend="")
    with pytest.raises(ConfigError, match="opacity"):
        Overlay(values=np.zeros((2, 2, 2), np.uint8), mapping=mapping, legend="", opacity=2)


def test_colour_stops_rise_from_0_to_1() -> None:
    with pytest.raises(ConfigError, match="rise from 0 to 1"):
        ColourMap(((0.5, 0, 0, 0, 0), (1.0, 0, 0, 0, 0)))


def test_component_takes_a_state_and_gives_nothing_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    viewer = VolumeViewer(ViewerState(volume=scan(), title="First"))
    assert viewer.get_config()["value"]["title"] == "First"
    assert viewer.postprocess(None) is None
    assert viewer.preprocess(viewer.postprocess(ViewerState(volume=scan()))) is None
    assert viewer.api_info() == {"type": "object"}


def test_no_stub_is_written_beside_the_component() -> None:
    """Gradio's metaclass writes one, and mypy then checked that copy and not the source."""
    import med3dvlm.ui.components.viewer.component as module

    assert not list(Path(module.__file__).parent.glob("*.pyi"))


def test_script_has_no_outside_address() -> None:
    for asset in Path(__file__).parents[4].glob("med3dvlm/ui/components/viewer/*.*"):
        if asset.suffix in {".js", ".css", ".html"}:
            text = asset.read_text()
            assert "http" not in text
            assert text.isascii()


def test_template_holds_nothing_that_gradio_would_evaluate() -> None:
    """HTML and CSS pass through Handlebars and a JavaScript template literal."""
    for name in ("viewer.html", "viewer.css"):
        text = (Path(__file__).parents[4] / "med3dvlm/ui/components/viewer" / name).read_text()
        assert not any(sign in text for sign in ("{{", "${", "`", "\\"))


def test_a_full_disk_is_said_and_once_there_is_room_the_scan_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the write that failed takes the room that is left."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    viewer = VolumeViewer()

    def full(voxels):
        yield b"begun"
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("med3dvlm.ui.components.viewer.payload.encode", full)
        with pytest.raises(gr.Error, match="disk of the server is full"):
            viewer.postprocess(ViewerState(volume=scan()))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    data = viewer.postprocess(ViewerState(volume=scan()))
    assert data is not None
    assert Path(data.full.file.path).exists()


def test_a_scan_opens_in_a_window_and_a_frame_that_suit_what_is_in_it(store: FileStore) -> None:
    voxels = np.full((30, 60, 60), -1000, np.int16)
    voxels[6:24, 12:48, 18:42] = 40
    voxels[9:21, 21:39, 24:36] = 350
    volume = Volume(voxels=voxels, affine=canonical_affine((3.0, 3.0, 3.0)), unit="HU")
    data = make_payload(ViewerState(volume=volume), store)
    assert data.window.center + data.window.width / 2 > 350, "contrast isn't white"
    assert (data.body.start, data.body.stop) == ([3, 9, 15], [27, 51, 45])
    assert make_payload(ViewerState(volume=volume, window=LUNG), store).window.name == LUNG.name
