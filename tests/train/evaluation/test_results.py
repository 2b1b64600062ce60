"""Figures go into documents, between two marks."""

from pathlib import Path

import pytest

from med3dvlm.errors import TrainingError
from train.cli import make_parser
from train.evaluation.results import MARK, put_into

MODEL = Path(__file__).resolve().parents[3] / "assets" / "default_model"


def test_a_table_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{MARK}\n| old |\n{MARK}\n\nAfter\n")
    put_into(page, "| new |\n|---|")
    assert page.read_text() == f"# Before\n\n{MARK}\n| new |\n|---|\n{MARK}\n\nAfter\n"


@pytest.mark.parametrize("marks", [0, 1, 3])
def test_a_page_without_a_place_for_the_table_is_refused_and_kept(
    tmp_path: Path, marks: int
) -> None:
    page = tmp_path / "page.md"
    text = "# Page\n" + f"{MARK}\n" * marks
    page.write_text(text)
    with pytest.raises(TrainingError, match=r"page\.md"):
        put_into(page, "| new |")
    assert page.read_text() == text


def test_the_command_writes_into_a_page_or_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*options: str) -> str:
        arguments = make_parser().parse_args(["table", "--model", str(MODEL), *options])
        arguments.run(arguments)
        return capsys.readouterr().out

    page = tmp_path / "page.md"
    page.write_text(f"{MARK}\n{MARK}\n")
    assert run("--short", "--into", str(page)) == ""
    assert page.read_text() == f"{MARK}\n{run('--short')}{MARK}\n"
    assert len(run()) > 2 * len(run("--short"))
