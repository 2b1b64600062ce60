"""The tables of the embedded model's figures: the long one, and the ten rows for the README."""

from pathlib import Path

from train.evaluation.results import read_figures
from train.evaluation.table import all_tables, kinds_table, short_table, table

FIGURES = read_figures(Path(__file__).resolve().parents[3] / "assets" / "default_model")


def test_the_short_table_is_ten_rows_of_the_long_one() -> None:
    head, long = table(FIGURES).splitlines()[:2], table(FIGURES).splitlines()[2:]
    short = short_table(FIGURES).splitlines()
    assert short[:2] == head
    assert len(short) == 12
    assert [line for line in long if line in short] == short[2:]


def test_the_short_table_has_every_task_and_what_the_model_does_worst() -> None:
    text = short_table(FIGURES)
    for task in ("text to volume R@1 (", "volume to text R@1 (", "yes/no question, mean", "METEOR"):
        assert task in text
    locations = [float(line.split("|")[2]) for line in text.splitlines() if "location" in line]
    closed = FIGURES["closed"].values()
    assert locations == [round(100 * min(cell["seeing"] for cell in closed), 1)]


def test_all_tables_are_the_long_one_and_the_kinds_where_reports_were_scored() -> None:
    assert all_tables(FIGURES) == f"{table(FIGURES)}\n\n{kinds_table(FIGURES)}"
    without = {name: figure for name, figure in FIGURES.items() if name != "report"}
    assert all_tables(without) == table(without)
