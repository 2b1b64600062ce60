"""Outputs that can't be written end with one sentence, without a traceback."""

import errno

import pytest

from med3dvlm import __main__ as command_line
from med3dvlm.commands.options import made_folder
from med3dvlm.commands.table import Table
from med3dvlm.engine.open_model import checked_device
from med3dvlm.errors import CheckpointError, Med3DVLMError
from med3dvlm.values import whole_text


def table(path) -> Table:
    return Table(path=path, columns=("file", "error"), keys=("file",))


def test_a_missing_folder_is_made(tmp_path) -> None:
    table(tmp_path / "new" / "o.csv").add({"file": "a"})
    assert (tmp_path / "new" / "o.csv").read_text().splitlines() == ["file,error", "a,"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("o.csv", "file;error\nSch\u00e4del;\n".encode("latin-1")), ("o.jsonl", b'{"file": \n{}\n')],
)
def test_a_table_that_cannot_be_read_is_left_alone(tmp_path, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Med3DVLMError, match="is a different table: name a new file"):
        table(path)
    assert path.read_bytes() == content


def test_a_file_in_the_way_is_named(tmp_path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(Med3DVLMError, match="the folder can't be created"):
        made_folder(tmp_path / "f")
    with pytest.raises(Med3DVLMError, match="the table can't be written"):
        table(tmp_path / "f" / "o.csv")


def test_a_full_disk_ends_with_a_sentence(monkeypatch, capsys) -> None:
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device", "o.csv")

    monkeypatch.setattr("med3dvlm.commands.info.told", full)
    assert command_line.main(["info"]) == 1
    assert capsys.readouterr().err == "o.csv: No space left on device\n"


def test_a_device_that_is_not_there_is_named(monkeypatch) -> None:
    """Without CUDA, people were told to close other programs."""
    assert checked_device("cpu") == "cpu"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(CheckpointError, match=r"no CUDA device \(or PyTorch was built without"):
        checked_device("cuda")
    with pytest.raises(CheckpointError, match="There is no device 'gpu'"):
        checked_device("gpu")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert checked_device("cuda:1") == "cuda:1"
    with pytest.raises(CheckpointError, match="cuda:2: this machine has 2 CUDA devices"):
        checked_device("cuda:2")


def test_half_a_character_is_replaced() -> None:
    assert whole_text("stone \ud83d") == "stone \ufffd"
    assert whole_text("\ud83d\ude00 a") == "\U0001f600 a"
