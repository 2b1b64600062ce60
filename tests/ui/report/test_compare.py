import pytest

from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.ui.report import compare as report_compare
from med3dvlm.ui.report.compare import comparison, scores


def test_differences_are_marked_and_escaped() -> None:
    html = comparison("A <script> cyst.", "A large cyst.")
    assert "<del>large</del>" in html
    assert "<ins>&lt;script&gt;</ins>" in html
    assert "<script>" not in html


def test_scores_are_those_of_the_metrics() -> None:
    found = dict(scores("No pleural effusion is seen.", "No pleural effusion is seen."))
    for name in ("BLEU-1", "BLEU-4", "ROUGE-1", "ROUGE-L"):
        assert found[name] == "1.000"
    assert any(name.startswith("METEOR") for name in found)
    assert dict(scores("a b", "c d"))["ROUGE-L"] == "0.000"


def test_a_missing_meteor_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing():
        raise ConfigError("METEOR needs NLTK. Install the extra")

    monkeypatch.setattr(report_compare, "open_meteor", missing)
    assert "needs NLTK" in dict(scores("a", "a"))["METEOR"]
    assert "needs NLTK" in comparison("a", "a")


@pytest.mark.parametrize(
    ("report", "reference", "remedy"),
    [("", "a", "write a report first"), ("a", " ", "Paste a reference")],
)
def test_half_a_comparison_is_refused(report: str, reference: str, remedy: str) -> None:
    with pytest.raises(PromptError, match=remedy):
        comparison(report, reference)


@pytest.mark.parametrize(
    ("report", "reference"),
    [("a", "a " * 2001), ("a " * 1_000_000, "a"), ("a b " * 500, "b A c " * 330)],
    ids=["reference", "report", "the same over and over"],
)
def test_texts_without_end_are_not_compared(report: str, reference: str) -> None:
    """Each word is held against each: two texts of a request kept a core busy for hours."""
    with pytest.raises(PromptError, match="Only texts of up to 2,000 words"):
        comparison(report, reference)


def test_long_reports_are_compared() -> None:
    report = " ".join(f"The {place} is normal." for place in range(450))
    assert "ROUGE-L" in comparison(report[:2000], report[:2000])
