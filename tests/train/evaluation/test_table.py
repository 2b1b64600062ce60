"""The tables of the embedded model's figures."""

from pathlib import Path

from train.evaluation.results import read_figures
from train.evaluation.table import all_tables, kinds_table, table, verdict

FIGURES = read_figures(Path(__file__).resolve().parents[3] / "assets" / "default_model")


def test_all_tables_are_the_long_one_and_the_kinds_where_reports_were_scored() -> None:
    assert all_tables(FIGURES) == f"{table(FIGURES)}\n\n{kinds_table(FIGURES)}"
    without = {name: figure for name, figure in FIGURES.items() if name != "report"}
    assert all_tables(without) == table(without)


def test_scores_of_overlapping_words_decide_nothing() -> None:
    text, _ = verdict(FIGURES)
    assert "exact match" in text
    assert "METEOR" not in text
    assert "METEOR" in table(FIGURES)
