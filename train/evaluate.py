"""PhantomBench: the paper's four tasks on test phantoms, beside a blind model and chance.

    figures = bench(engine_folder, cache, count=500)
    print(table(figures))

The blind row is the same model with its image tokens blanked, which is part of its training, so
it shows what the words of a question give away. Decoding is greedy; answers are scored strictly.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache as cached
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from med3dvlm.metrics.answers import choice_letter, exact_match, token_f1, yes_or_no
from med3dvlm.metrics.detection import detection_scores
from med3dvlm.metrics.meteor import Meteor, open_meteor
from med3dvlm.metrics.ranking import both_directions, duplicate_ceiling
from med3dvlm.metrics.text import bleu, rouge_l
from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.questions import LETTERS, QUESTION_TYPES, Question
from med3dvlm.phantoms.report import read_findings, write_report
from train.generate import answer_all
from train.loop import batches
from train.phantom_cache import PhantomCache

Figures = dict[str, Any]
SHORT, LONG = 40, 220
REPORT_QUESTION = "Describe the findings."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a case, with what the model said seeing and blind."""

    row: int
    question: Question
    seeing: str
    blind: str


def bench(
    vlm: LoadedVLM, dual_encoder: LoadedDualEncoder, cache: PhantomCache, *, count: int
) -> Figures:
    """All tasks on the first `count` phantoms of a cache."""
    facts = cache.facts[:count]
    meteor = open_meteor()
    image_tokens, embeddings = _encode(vlm, dual_encoder, cache, count)
    asked = _ask(vlm, image_tokens, facts)
    return {
        "cases": count,
        "first_seed": cache.spec.first,
        "meteor": meteor.name,
        "retrieval": retrieval(dual_encoder, embeddings, facts),
        "closed": closed(asked),
        "closed by words": closed(asked, names_option),
        "yes/no": yes_no(asked),
        "open": open_answers(asked, meteor),
        "report": reports(vlm, image_tokens, facts, meteor),
    }


@torch.inference_mode()
def _encode(
    vlm: LoadedVLM, dual_encoder: LoadedDualEncoder, cache: PhantomCache, count: int
) -> tuple[Tensor, Tensor]:
    """Image tokens (N, T, C) and search vectors (N, E) of all cases."""
    image_tokens, embeddings = [], []
    for rows in tqdm(list(batches(count, 16)), desc="encoding", unit="batch"):
        volume = cache.volumes(rows)
        states = vlm.model.encoder(volume)
        image_tokens.append(vlm.model.projector(tokens(states[3]), tokens(states[4])))
        embeddings.append(dual_encoder.model.embed_volume(volume))
    return torch.cat(image_tokens), torch.cat(embeddings)


@torch.inference_mode()
def retrieval(
    dual_encoder: LoadedDualEncoder, embeddings: Tensor, facts: Sequence[Facts]
) -> Figures:
    """Recall of each case's own report among all, both ways; ceiling set by equal facts."""
    texts = []
    for rows in batches(len(facts), 64):
        batch = dual_encoder.tokenizer(
            [write_report(facts[row]).text for row in rows], padding=True, truncation=True,
            max_length=dual_encoder.model.config.text.positions, return_tensors="pt",
        )  # fmt: skip
        embedded = dual_encoder.model.embed_text(batch["input_ids"], batch["attention_mask"])
        texts.append(embedded)
    scores = both_directions(torch.cat(texts).numpy(), embeddings.numpy())
    keys = [said_facts(case) for case in facts]
    figures: Figures = {"ceiling_r1": duplicate_ceiling(keys, 1)}
    for way, score in scores.items():
        figures[way] = {
            **{f"r{k}": recall for k, recall in score.recall.items()},
            **{f"chance_r{k}": chance for k, chance in score.chance.items()},
            "median_rank": score.median_rank,
        }
    return figures


def said_facts(facts: Facts) -> str:
    """What a report of a case says, apart from its wording: equal strings can't be told apart."""
    told: tuple[object, ...] = (facts.acquisition, facts.habitus, facts.findings)
    if facts.acquisition.region != "pelvis":
        told += (facts.scoliosis, facts.calcification)
    return repr(told)


def _ask(vlm: LoadedVLM, image_tokens: Tensor, facts: Sequence[Facts]) -> list[Asked]:
    """Every question of every case, answered with and without the image."""
    pairs = [
        (row, question)
        for row, case in enumerate(facts)
        for question in questions.ask(case, np.random.default_rng([case.seed, 11]))
    ]
    rows = torch.tensor([row for row, _ in pairs])
    asked = [question.question for _, question in pairs]
    said = []
    for name, seen in (("seeing", image_tokens), ("blind", torch.zeros_like(image_tokens))):
        answers = []
        for chunk in tqdm(list(batches(len(asked), 512)), desc=f"answering, {name}", unit="batch"):
            answers += answer_all(
                vlm.model, vlm.prompt, seen[rows[chunk]], [asked[i] for i in chunk],
                max_new_tokens=SHORT,
            )  # fmt: skip
        said.append(answers)
    return [
        Asked(row, question, seeing, blind)
        for (row, question), seeing, blind in zip(pairs, *said, strict=True)
    ]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _both(asked: Sequence[Asked], score: Callable[[Question, str], float]) -> Figures:
    return {
        "seeing": _mean([score(item.question, item.seeing) for item in asked]),
        "blind": _mean([score(item.question, item.blind) for item in asked]),
        "questions": len(asked),
    }


def _by_type(asked: Sequence[Asked], form: str) -> dict[str, list[Asked]]:
    grouped = defaultdict(list)
    for item in asked:
        if item.question.form == form:
            grouped[item.question.kind].append(item)
    return {name: grouped[name] for name in QUESTION_TYPES if name in grouped}


def names_letter(question: Question, said: str) -> bool:
    """Whether the answer opens with the right option's letter, as M3D scores it."""
    return choice_letter(said) == question.letter


def names_option(question: Question, said: str) -> bool:
    """Whether the words after the letter are the right option's, whatever the letter."""
    _, _, words = said.partition(". ")
    return exact_match(words, [question.options[LETTERS.index(question.letter)]])


def closed(
    asked: Sequence[Asked], right: Callable[[Question, str], bool] = names_letter
) -> Figures:
    """Accuracy of closed answers by question type; chance is one over the number of options."""
    figures: Figures = {}
    for name, items in _by_type(asked, "closed").items():
        figures[name] = _both(items, lambda q, said: float(right(q, said)))
        figures[name]["chance"] = _mean([1 / len(item.question.options) for item in items])
    return figures | {"mean": _column_means(figures, ("seeing", "blind", "chance"))}


def yes_no(asked: Sequence[Asked]) -> Figures:
    """Accuracy of yes and no by question type; chance is a half."""
    figures: Figures = {}
    for name, items in _by_type(asked, "yes/no").items():
        figures[name] = _both(
            items, lambda q, said: float(yes_or_no(said) == (q.answer == "Yes"))
        ) | {"chance": 0.5}
    return figures | {"mean": _column_means(figures, ("seeing", "blind", "chance"))}


def open_answers(asked: Sequence[Asked], meteor: Meteor) -> Figures:
    """Exact match, token F1 and METEOR of open answers by question type."""
    figures: Figures = {}
    for name, items in _by_type(asked, "open").items():
        figures[name] = {
            "exact": _both(items, lambda q, said: float(exact_match(said, [q.answer]))),
            "f1": _both(items, lambda q, said: token_f1(said, [q.answer])),
            "meteor": _both(items, lambda q, said: meteor.score(said, [q.answer])),
        }
    names = ("exact", "f1", "meteor")
    means = {
        metric: _column_means({k: v[metric] for k, v in figures.items()}, ("seeing", "blind"))
        for metric in names
    }
    return figures | {"mean": means}


def _column_means(rows: Figures, columns: Sequence[str]) -> Figures:
    return {column: _mean([row[column] for row in rows.values()]) for column in columns}


def reports(
    vlm: LoadedVLM, image_tokens: Tensor, facts: Sequence[Facts], meteor: Meteor
) -> Figures:
    """Words and, what counts, findings of written reports against the truth."""
    figures: Figures = {}
    true = [case.labels for case in facts]
    references = [[write_report(case).text] for case in facts]
    for name, seen in (("seeing", image_tokens), ("blind", torch.zeros_like(image_tokens))):
        said = []
        for rows in tqdm(list(batches(len(facts), 128)), desc=f"reports, {name}", unit="batch"):
            said += answer_all(
                vlm.model, vlm.prompt, seen[rows], [REPORT_QUESTION] * len(rows),
                max_new_tokens=LONG,
            )  # fmt: skip
        found = detection_scores([read_findings(text) for text in said], true)
        kinds = detection_scores(
            [{kind for kind, _ in read_findings(text)} for text in said],
            [{kind for kind, _ in labels} for labels in true],
        )
        figures[name] = {
            "finding_f1": found.micro.f1,
            "finding_precision": found.micro.precision,
            "finding_recall": found.micro.recall,
            "kind_f1": kinds.micro.f1,
            "bleu_1": _mean([bleu(s, r, order=1) for s, r in zip(said, references, strict=True)]),
            "rouge_l": _mean([rouge_l(s, r) for s, r in zip(said, references, strict=True)]),
            "meteor": _mean([meteor.score(s, r) for s, r in zip(said, references, strict=True)]),
        }
        if name == "seeing":
            figures["kinds"] = {
                kind: counts.f1 for kind, counts in sorted(kinds.per_label.items(), key=str)
            }
    return figures


@cached
def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def table(figures: Figures) -> str:
    """The figures as a Markdown table, in percent."""
    lines = [
        f"| task ({figures['cases']} test phantoms) | model | image-blind | chance |",
        "|---|---|---|---|",
    ]

    def row(name: str, seeing: float, blind: float | None, chance: float | None) -> None:
        cells = [_percent(v) if v is not None else "-" for v in (seeing, blind, chance)]
        lines.append(f"| {name} | {' | '.join(cells)} |")

    found = figures["retrieval"]
    ceiling = _percent(found["ceiling_r1"])
    for way, name in (("text_to_volume", "text to volume"), ("volume_to_text", "volume to text")):
        row(f"retrieval {name} R@1 (ceiling {ceiling})", found[way]["r1"], None,
            found[way]["chance_r1"])  # fmt: skip
        row(f"retrieval {name} R@10", found[way]["r10"], None, found[way]["chance_r10"])
    for task, title in (
        ("closed", "closed question by letter"),
        ("closed by words", "closed question by words"),
        ("yes/no", "yes/no question"),
    ):
        for name, cell in figures[task].items():
            row(f"{title}, {name}: accuracy", cell["seeing"], cell["blind"], cell["chance"])
    for name, cell in figures["open"].items():
        exact, meteor = cell["exact"], cell["meteor"]
        row(f"open question, {name}: exact match", exact["seeing"], exact["blind"], None)
        row(f"open question, {name}: METEOR", meteor["seeing"], meteor["blind"], None)
    seeing, blind = figures["report"]["seeing"], figures["report"]["blind"]
    for key, name in (
        ("finding_f1", "findings with place, F1"),
        ("kind_f1", "kinds of finding, F1"),
        ("meteor", "METEOR"),
        ("rouge_l", "ROUGE-L"),
        ("bleu_1", "BLEU-1"),
    ):
        row(f"report: {name}", seeing[key], blind[key], None)
    return "\n".join(lines)


def load_cache(folder: Path) -> PhantomCache:
    """The test phantoms of a folder."""
    return PhantomCache(folder)
