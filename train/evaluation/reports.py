"""Scores of generated reports: text metrics and, more important, findings with their place."""

from collections.abc import Callable, Sequence

from med3dvlm.metrics.detection import DetectionScores, detection_scores
from med3dvlm.metrics.meteor import Meteor
from med3dvlm.metrics.text import bleu, rouge_1, rouge_l
from train.evaluation.bert_encoder import BertEncoder
from train.evaluation.cases import Labels, Truths
from train.evaluation.cells import Cells, Figures, mean
from train.evaluation.record import Said

TextScore = Callable[[str, str], float]


def score_reports(
    said: Sequence[Said], cases: Truths, cells: Cells, meteor: Meteor, bert: BertEncoder | None
) -> Figures:
    """Sighted and blind figures, with intervals for the sighted ones."""
    true = [cases.report(row) for row in range(len(said))]
    texts = {"seeing": [s.seeing for s in said], "blind": [s.blind for s in said]}
    figures: Figures = {"seeing": {}, "blind": {}, "intervals": {}}
    metrics = text_scores(meteor)
    if bert is not None:
        metrics["bertscore"] = bert.f1
    for name, score in metrics.items():
        for sight, written in texts.items():
            values = scored(score, written, true)
            figures[sight][name] = mean(values)
            if sight == "seeing":
                samples = cells.draws.mean(range(len(values)), values)
                figures["intervals"][name] = cells.edges(samples)
    truth = [cases.findings(row) for row in range(len(said))]
    known = [labels for labels in truth if labels is not None]
    if len(known) == len(truth):
        _score_findings(
            figures, {k: list(map(cases.read, v)) for k, v in texts.items()}, known, cells
        )
    return figures


def text_scores(meteor: Meteor) -> dict[str, TextScore]:
    """The text metrics by name, each a function of prediction and reference."""
    return {
        "bleu_1": lambda said, meant: bleu(said, [meant], order=1),
        "bleu_4": lambda said, meant: bleu(said, [meant], order=4),
        "rouge_1": lambda said, meant: rouge_1(said, [meant]),
        "rouge_l": lambda said, meant: rouge_l(said, [meant]),
        "meteor": lambda said, meant: meteor.score(said, [meant]),
    }


def scored(score: TextScore, said: Sequence[str], meant: Sequence[str]) -> list[float]:
    """A score for each pair."""
    return [score(one, other) for one, other in zip(said, meant, strict=True)]


def _score_findings(
    figures: Figures, claimed: dict[str, list[Labels]], true: Sequence[Labels], cells: Cells
) -> None:
    for sight, labels in claimed.items():
        placed, kinds = detection_scores(labels, true), _kinds(labels, true)
        figures[sight] |= {
            "finding_f1": placed.micro.f1,
            "finding_precision": placed.micro.precision,
            "finding_recall": placed.micro.recall,
            "kind_f1": kinds.micro.f1,
        }
        if sight == "seeing":
            figures["kinds"] = {
                str(kind): counts.f1
                for kind, counts in sorted(kinds.per_label.items(), key=lambda pair: str(pair[0]))
            }
    figures["intervals"]["finding_f1"] = _f1_edges(claimed["seeing"], true, cells)


def _kinds(labels: Sequence[Labels], true: Sequence[Labels]) -> DetectionScores:
    said, meant = ([{kind for kind, _ in case} for case in side] for side in (labels, true))
    return detection_scores(said, meant)


def _f1_edges(claimed: Sequence[Labels], true: Sequence[Labels], cells: Cells) -> dict[str, float]:
    pairs = list(zip(claimed, true, strict=True))
    rows = range(len(pairs))
    found = cells.draws.total(rows, [len(said & meant) for said, meant in pairs])
    both = cells.draws.total(rows, [len(said) + len(meant) for said, meant in pairs])
    return cells.edges(2 * found / both.clip(min=1))
