"""The commands of evaluation: `evaluate`, `table`, `calibrate`, `search-scores`, `confidence`."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from med3dvlm.config import DEFAULT_MODEL

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from train.evaluation.cases import Cases

DEFAULT_WORK = Path("runs/bench")


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands of this part to the command line of training."""
    evaluate = commands.add_parser(
        "evaluate", help="score any checkpoint on retrieval, questions and reports"
    )
    evaluate.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    evaluate.add_argument("--tasks", default="retrieval,vqa,report,calibration,options",
                          help="any of retrieval, vqa, report, calibration, options"
                          )  # fmt: skip
    evaluate.add_argument("--cases", type=int, default=200, help="number of cases, from the first")
    evaluate.add_argument("--data", type=Path, help="ready M3D data; test phantoms by default")
    evaluate.add_argument("--split", default="test", help="split of ready M3D data")
    evaluate.add_argument("--work", type=Path, default=DEFAULT_WORK,
                          help="folder of phantoms and answers; a stopped run resumes from it"
                          )  # fmt: skip
    evaluate.add_argument("--out", type=Path, help="folder for bench.json, table and pictures")
    evaluate.add_argument("--renew", type=Path,
                          help="folder with stored figures; those of --tasks are replaced"
                          )  # fmt: skip
    evaluate.add_argument("--bertscore", type=Path, help="folder of roberta-large, for BERTScore")
    evaluate.add_argument("--layer", type=int, default=17, help="its layer to use")
    evaluate.add_argument("--against", type=Path,
                          help="folder with stored figures; fail if figures differ")  # fmt: skip
    evaluate.add_argument("--device", default="cpu")
    evaluate.set_defaults(run=_evaluate)
    table = commands.add_parser("table", help="a model's bench.json as Markdown tables")
    table.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    table.add_argument("--short", action="store_true", help="the ten rows of the README alone")
    table.add_argument("--into", type=Path, help="a document; the table replaces the one in it")
    table.set_defaults(run=_table)
    _add_confidence_commands(commands)


def _add_confidence_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    calibrate = commands.add_parser(
        "calibrate", help="fit option temperatures, and statistics of familiar scans"
    )
    calibrate.set_defaults(run=_calibrate)
    confidence = commands.add_parser(
        "confidence", help="measure on test phantoms how reliable confidence is"
    )
    confidence.add_argument("--count", type=int, default=50)
    confidence.add_argument("--scans", type=Path, help="folder of other scans to compare")
    confidence.set_defaults(run=_confidence)
    search_scores = commands.add_parser(
        "search-scores",
        help="fit which similarity fits, and what estimates are worth in a search",
    )
    search_scores.set_defaults(run=_search_scores)
    for parser in (calibrate, search_scores, confidence):
        parser.add_argument("--model", type=Path, required=True)
        parser.add_argument("--work", type=Path, required=True, help="folder of drawn phantoms")


def _evaluate(arguments: argparse.Namespace) -> None:
    from train.evaluation.bert_encoder import open_bert_encoder
    from train.evaluation.evaluate import Evaluation, evaluate, load_checkpoints
    from train.evaluation.plots import draw_figures
    from train.evaluation.results import (
        compare,
        read_figures,
        read_outcomes,
        renew_result,
        write_result,
        write_table,
    )
    from train.evaluation.table import table

    encoder = arguments.bertscore
    wanted = Evaluation(
        count=arguments.cases,
        tasks=tuple(arguments.tasks.split(",")),
        bert=open_bert_encoder(encoder, layer=arguments.layer) if encoder else None,
    )
    model = load_checkpoints(arguments.model, device=arguments.device)
    result = evaluate(model, _cases(arguments), wanted, work=arguments.work / "said")
    print(table(result.figures))
    if arguments.out:
        write_result(result, arguments.out)
        write_table(result, arguments.out)
        draw_figures(result.figures, arguments.out)
    if arguments.renew:
        renew_result(result, arguments.renew)
    if arguments.against:
        stored = read_figures(arguments.against), read_outcomes(arguments.against)
        differences = compare(result, *stored)
        if differences:
            raise SystemExit("\n".join(differences))
        print(f"figures agree with those in {arguments.against}")


def _cases(arguments: argparse.Namespace) -> "Cases":
    if arguments.data:
        from train.evaluation.ready_cases import ReadyCases

        return ReadyCases(arguments.data, arguments.split)
    from med3dvlm.phantoms.splits import TEST
    from train.data.phantoms.cache import PhantomCache, cache_spec
    from train.evaluation.cases import PhantomCases

    folder = arguments.work / "phantoms" / "test"
    if (folder / "spec.json").exists() and PhantomCache(folder).spec.count >= arguments.cases:
        return PhantomCases(PhantomCache(folder))
    folder = arguments.work / "phantoms" / f"test-{arguments.cases}"
    spec = cache_spec(TEST.start, arguments.cases)
    return PhantomCases(PhantomCache.build(folder, spec, workers=os.cpu_count() or 1))


def _table(arguments: argparse.Namespace) -> None:
    from train.evaluation.overview import overview, read_all
    from train.evaluation.results import put_into
    from train.evaluation.table import all_tables

    measured = read_all(arguments.model)
    made = overview(measured) if arguments.short else all_tables(measured.bench)
    if arguments.into:
        put_into(arguments.into, made)
    else:
        print(made)


def _calibrate(arguments: argparse.Namespace) -> None:
    from train.evaluation.confidence import calibrate

    calibrate(arguments.model, arguments.work)


def _search_scores(arguments: argparse.Namespace) -> None:
    from train.evaluation.search_scores import fit_on_phantoms
    from train.evaluation.search_share import fit_share

    fit_on_phantoms(arguments.model, arguments.work)
    fit_share(arguments.model)


def _confidence(arguments: argparse.Namespace) -> None:
    from train.evaluation.confidence import measure_confidence

    measure_confidence(
        arguments.model, arguments.work, count=arguments.count, scans=arguments.scans
    )
