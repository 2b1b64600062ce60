"""Index files as published, and what is said of broken ones."""

import csv
import json
from pathlib import Path

import pytest

from med3dvlm.choices import Choices
from med3dvlm.errors import TrainingError
from train.data.m3d.index import COLUMNS, read_captions, read_questions
from train.data.m3d.layout import RawData

ROW = {
    "Image Path": "M3D_Cap_npy/ct_quizze/008572/Axial_bone_window.npy",
    "Text": "Anything, also\nseveral lines.",
    "Question Type": "5",
    "Question": "Where is the cyst?",
    "Choice A": "Left kidney", "Choice B": "Liver", "Choice C": "NA", "Choice D": "NA",
    "Answer": "Liver", "Answer Choice": "B",
}  # fmt: skip


def table(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "M3D_VQA_val.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_published_row_is_read(tmp_path: Path) -> None:
    (item,) = read_questions(table(tmp_path, ROW))
    assert item.series == "ct_quizze/008572/Axial_bone_window"
    assert (item.kind, item.letter, item.answer) == ("location", "B", "Liver")
    assert item.choices == ("Left kidney", "Liver")
    assert Choices(item.question, item.choices).text == (
        "Where is the cyst? Choices: A. Left kidney B. Liver"
    )


def test_a_row_without_choices_is_an_open_question(tmp_path: Path) -> None:
    absent = {f"Choice {letter}": "NA" for letter in "ABCD"}
    (item,) = read_questions(table(tmp_path, ROW | absent | {"Answer Choice": "NA"}))
    assert (item.choices, item.letter) == ((), "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Image Path": "nowhere.npy"}, "doesn't name a series"),
        ({"Question Type": "6"}, "is not 1 to 5"),
        ({"Question Type": "Plane"}, "is not 1 to 5"),
        ({"Question": " "}, "'Question' is empty"),
        ({"Answer": ""}, "'Answer' is empty"),
        ({"Answer Choice": "C"}, "is not one of A, B"),
        ({"Answer Choice": "NA"}, "is not one of A, B"),
        ({"Choice A": "NA"}, "choice A is empty"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, change: dict[str, str], said: str) -> None:
    path = table(tmp_path, ROW, ROW | change)
    with pytest.raises(TrainingError, match=rf"M3D_VQA_val\.csv: row 3: .*{said}"):
        read_questions(path)


def test_a_missing_column_and_a_torn_row_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="column 'Answer Choice' is missing"):
        read_questions(table(tmp_path, ROW, columns=COLUMNS[:-1]))
    path = table(tmp_path, ROW)
    path.write_text(path.read_text() + "ct_case/1/a.npy,only,three\n")
    with pytest.raises(TrainingError, match="row 3: 3 cells, expected 10"):
        read_questions(path)
    path.write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(TrainingError, match="can't be read"):
        read_questions(path)


def captions(folder: Path, entries: object) -> RawData:
    case = folder / "M3D_Cap" / "ct_case" / "1"
    case.mkdir(parents=True)
    (case / "text.txt").write_text("study_findings:\nA cyst.\n")
    (folder / "M3D_Cap.json").write_text(
        json.dumps({"train": entries, "validation": [], "test": []})
    )
    return RawData(folder)


def test_a_caption_is_a_file_or_the_text_itself(tmp_path: Path) -> None:
    image = "M3D_Cap_npy/ct_case/1/Axial.npy"
    raw = captions(
        tmp_path,
        [
            {"image": image, "text": "M3D_Cap_npy/ct_case/1/text.txt"},
            {"image": image, "text": "study_findings: A stone."},
        ],
    )
    texts = [item.text for item in read_captions(raw)["train"]]
    assert texts == ["A cyst.", "A stone."]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("text", "expected an object"),
        ({"image": "ct_case/1/Axial.npy"}, "'text' is missing"),
        ({"image": 3, "text": "x"}, "'image' is missing"),
        ({"image": "Axial.npy", "text": "x"}, "doesn't name a series"),
        ({"image": "ct_case/1/A.npy", "text": "ct_case/2/text.txt"}, "ct_case/2/text.txt"),
    ],
)
def test_a_broken_entry_is_named(tmp_path: Path, entry: object, said: str) -> None:
    raw = captions(tmp_path, [entry])
    with pytest.raises(TrainingError, match=rf"M3D_Cap\.json: train\[0\].*{said}"):
        read_captions(raw)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    raw = captions(tmp_path, [])
    for broken in ("{", "[]", '{"train": []}'):
        (tmp_path / "M3D_Cap.json").write_text(broken)
        with pytest.raises(TrainingError, match=r"M3D_Cap\.json"):
            read_captions(raw)
