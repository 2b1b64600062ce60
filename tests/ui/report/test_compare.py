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
