"""Every word of an answer: its alternatives, each grid alone, and what the layers would say."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from med3dvlm.commands import options
from med3dvlm.commands.one_table import check_new, write_rows
from med3dvlm.engine.own_answer import own_answer
from med3dvlm.explain.words.answer_probe import AnswerProbe
from med3dvlm.explain.words.inside import (
    MEANS,
    MEANS_NOT,
    look_inside,
    with_alternatives,
    word_rows,
)
from med3dvlm.volumes import open_volume


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", type=Path, help="a file or a DICOM folder")
    parser.add_argument("--question", required=True, help="what the language model is asked")
    parser.add_argument("--out", type=Path, required=True, help="a new .csv file, a row for a word")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Ask and write the table; yields a line for each word.

    Raises:
        PromptError: the question is empty or too long.
        Med3DVLMError: the output exists or is no .csv file.
    """
    check_new(chosen.out)
    engine = options.engine_of(chosen)
    volume = open_volume(chosen.scan)
    spoken = own_answer(engine, engine.encode(volume), chosen.question)
    with engine.models() as (vlm, _):
        probe = AnswerProbe(vlm, spoken.question, spoken.text)
        words = look_inside(probe, vlm.input.prepare(volume))
    words = with_alternatives(words, [(one.text, one.alternatives) for one in spoken.pieces])
    write_rows(chosen.out, word_rows(words))
    yield f"{spoken.question} {spoken.text}"
    for word in words:
        yield (
            f"{word.text}: {word.probability:.3f}, low only {word.low_only:.3f}, "
            f"high only {word.high_only:.3f}, settled from layer {word.settled} of "
            f"{len(word.layers)} on"
        )
    yield f"It means: {MEANS}"
    yield f"It doesn't mean: {MEANS_NOT}"
