"""Models by their name on the hub: from its cache without a network, and what is said without."""

import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from med3dvlm.config import EMBEDDED
from med3dvlm.engine.open_model import model_folders, open_engine
from med3dvlm.errors import CheckpointError
from med3dvlm.model import hub
from med3dvlm.model.checkpoint import describe, load_dual_encoder
from tests import released_maker as maker

VLM, DUAL = "MagicXin/Med3DVLM-Qwen-2.5-7B", "MagicXin/DCFormer_SigLIP"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    folder = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    return folder


def snapshot(cache: Path, name: str) -> Path:
    """The folder of a model in the cache, as a download leaves it."""
    root = cache / f"models--{name.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(REVISION)
    return root / "snapshots" / REVISION


def test_both_released_models_are_used_from_the_cache(cache: Path) -> None:
    maker.make_vlm(snapshot(cache, VLM))
    maker.make_dual_encoder(snapshot(cache, DUAL), input_size=[64, 64, 32])
    for name in (f"{VLM}+{DUAL}", f"{DUAL} + {VLM}"):
        folders = model_folders(name)
        assert folders.vlm is not None
        assert describe(folders.vlm).info.name == VLM
        assert folders.dual_encoder is not None
        assert describe(folders.dual_encoder).info.name == DUAL
    engine = open_engine(f"{VLM}+{DUAL}")
    assert engine.card.info.name == VLM
    assert engine.card.search is not None
    assert engine.card.search.name == DUAL
    assert engine.embed_text(["a cyst"]).shape == (1, maker.TINY_CLIP.width)


def test_a_tokenizer_that_the_dual_encoder_leaves_out_is_the_text_models(cache: Path) -> None:
    dual = maker.make_dual_encoder(snapshot(cache, DUAL))
    bert = snapshot(cache, "medicalai/ClinicalBERT")
    bert.mkdir(parents=True)
    for path in dual.glob("tokenizer*"):
        shutil.move(path, bert / path.name)
    assert load_dual_encoder(hub.local_folder(DUAL)).tokenizer("a cyst")["input_ids"]


def test_a_folder_is_taken_before_a_hub_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "mine").mkdir(parents=True)
    assert hub.local_folder("models/mine") == Path("models/mine")
    assert not hub.is_hub_name("models/mine")
    assert hub.is_hub_name("models/theirs")
    assert not hub.is_hub_name("/models/theirs")
    assert hub.local_folder("/no/such/place") == Path("/no/such/place")


def test_offline_the_remedy_is_said(cache: Path) -> None:
    """HF_HUB_OFFLINE is set for all tests."""
    with pytest.raises(CheckpointError) as refused:
        open_engine(VLM)
    said = str(refused.value)
    assert f"hf download {VLM} --local-dir FOLDER" in said
    assert "MED3DVLM_MODEL" in said


@dataclass
class File:
    rfilename: str
    size: int | None


@dataclass
class FakeHub:
    """Answers as the hub does, and keeps what was asked for."""

    files: list[File]
    asked: list[Any] = field(default_factory=list)

    def model_info(self, *_: Any, **__: Any) -> "FakeHub":
        return self

    @property
    def siblings(self) -> list[File]:
        return self.files

    def download(self, repository: str, **given: Any) -> str:
        if given.get("local_files_only"):
            raise hub.LocalEntryNotFoundError("not here")
        self.asked.append((repository, given.get("revision"), given.get("allow_patterns")))
        return "/somewhere"


def fake(monkeypatch: pytest.MonkeyPatch, *files: File) -> FakeHub:
    made = FakeHub(list(files))
    monkeypatch.setattr(hub, "HfApi", lambda: made)
    monkeypatch.setattr(hub, "snapshot_download", made.download)
    return made


SMALL_FILES = (
    File("config.json", 10), File("modeling.py", 10), File("mm_projector.bin", 10),
    File("pytorch_model-00001-of-00001.bin", 10), File("tokenizer.json", None),
)  # fmt: skip
SAFE = File("model-00001-of-00001.safetensors", 10)


def test_only_what_is_needed_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No code, and of two sets of weights one."""
    both = fake(monkeypatch, *SMALL_FILES, SAFE)
    assert hub.local_folder(f"{VLM}@v1.0") == Path("/somewhere")
    repository, revision, patterns = both.asked[0]
    assert (repository, revision) == (VLM, "v1.0")
    names = [file.rfilename for file in both.files]
    fetched = hub._matching(names, patterns)
    assert fetched == ["config.json", "tokenizer.json", SAFE.rfilename]
    old = fake(monkeypatch, *SMALL_FILES)
    hub.local_folder(VLM)
    assert "pytorch_model-00001-of-00001.bin" in hub._matching(names, old.asked[0][2])


def test_a_disk_that_is_too_small_is_told_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    large = fake(monkeypatch, *SMALL_FILES, File("model.safetensors", 2**60))
    with pytest.raises(CheckpointError, match=r"Free some space, or set HF_HOME"):
        hub.local_folder(VLM)
    assert not large.asked


def test_a_repository_without_weights_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, File("README.md", 10))
    with pytest.raises(CheckpointError, match="is it a model"):
        hub.local_folder(VLM)


def test_a_network_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's client came to raise errors of another library than the one that was caught."""
    nobody = partial(hub.HfApi, endpoint="http://127.0.0.1:9")
    fake(monkeypatch, SAFE)
    monkeypatch.setattr(hub, "HfApi", nobody)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(CheckpointError, match=r"can't be downloaded \(ConnectError\)"):
        hub.local_folder(VLM)


def test_the_embedded_model_is_found_and_a_lone_dual_encoder_is_not_enough(tmp_path: Path) -> None:
    assert len(model_folders(EMBEDDED).all) == 2
    dual = maker.make_dual_encoder(tmp_path / "dual")
    with pytest.raises(CheckpointError, match=r"only a dual encoder.*MED3DVLM_MODEL=VLM\+"):
        open_engine(str(dual))
    with pytest.raises(CheckpointError, match="both a dual encoder"):
        model_folders(f"{dual}+{dual}")
    with pytest.raises(CheckpointError, match="is not a model: name a folder"):
        model_folders(str(tmp_path))
