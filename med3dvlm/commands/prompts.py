"""Pairs of prompts, tried on phantoms with and without a finding and on a scan."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from med3dvlm.commands import options
from med3dvlm.commands.one_table import check_new, write_rows
from med3dvlm.errors import CheckpointError
from med3dvlm.explain.prompt_pairs import (
    MEANS,
    MEANS_NOT,
    Floats,
    Prompts,
    bench_trials,
    pair_share,
    rates_at,
    read_pairs,
    single_share,
)
from med3dvlm.explain.zero_shot import TextPair
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.model.checkpoint import LoadedDualEncoder
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import plant
from med3dvlm.volumes import Volume, open_volume

NO_DUAL_ENCODER = "This model has no dual encoder, which compares scans with texts: name another."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", type=Path, nargs="?", help="a scan to try the prompts on, too")
    parser.add_argument("--kind", choices=tuple(KINDS), required=True,
                        help="the finding of the phantoms")  # fmt: skip
    parser.add_argument("--states", action="append", required=True,
                        help="a text that states it; may be given up to four times")  # fmt: skip
    parser.add_argument("--denies", action="append", required=True,
                        help="a text that denies it, one for each that states it")  # fmt: skip
    parser.add_argument("--people", type=int, default=12, help="each scanned with and without it")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True, help="a new .csv file, a row for a scan")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Compare and write the table; yields what each pair finds.

    Raises:
        PromptError: the prompts are no pairs, or there are too few or too many people.
        CheckpointError: there is no dual encoder.
    """
    check_new(chosen.out)
    pairs = read_pairs("\n".join(chosen.states), "\n".join(chosen.denies))
    trials = bench_trials(chosen.kind, people=chosen.people)
    scan = open_volume(chosen.scan) if chosen.scan else None
    engine = options.engine_of(chosen)
    with engine.models() as (_, dual):
        if dual is None:
            raise CheckpointError(NO_DUAL_ENCODER)
        made = [TextPair(dual, *pair) for pair in pairs]
        rows: list[dict[str, Any]] = []
        truth, shares = [], []
        for trial in trials:
            pair = plant(trial)
            for volume, ill in ((pair.ill, True), (pair.healthy, False)):
                logits = _logits(dual, made, volume)
                rows += _rows(f"phantom {trial.seed}", "yes" if ill else "no", pairs, logits)
                truth.append(ill)
                shares.append(pair_share(logits))
        if scan is not None:
            rows += _rows("scan", "", pairs, _logits(dual, made, scan))
    write_rows(chosen.out, rows)
    yield from _found(pairs, np.stack(shares), truth, chosen.threshold)
    if scan is not None:
        yield from (f"the scan: {row['probability']} for {row['states']}" for row in rows
                    if row["scan"] == "scan")  # fmt: skip
    yield f"It means: {MEANS}"
    yield f"It doesn't mean: {MEANS_NOT}"


def _logits(dual: LoadedDualEncoder, made: list[TextPair], volume: Volume) -> Floats:
    """Logits (P, 2) of a volume."""
    found = TextPair.together(made, dual.input.prepare(volume).tensor)
    logits: Floats = found[0].float().cpu().numpy()
    return logits


def _rows(
    scan: str, has_it: str, pairs: tuple[Prompts, ...], logits: Floats
) -> list[dict[str, Any]]:
    rows = []
    for pair, two in zip(pairs, logits, strict=True):
        states, denies = single_share(two)
        rows.append({
            "scan": scan, "has_it": has_it, "states": pair.states, "denies": pair.denies,
            "probability": f"{pair_share(two):.5f}", "siglip_states": f"{states:.3e}",
            "siglip_denies": f"{denies:.3e}",
        })  # fmt: skip
    return rows


def _found(
    pairs: tuple[Prompts, ...], shares: Floats, truth: list[bool], threshold: float
) -> Iterator[str]:
    ill = np.array(truth)
    for number, pair in enumerate(pairs):
        mine = shares[:, number]
        rates = rates_at(threshold, list(mine), truth)
        area = area_under_curve(mine[ill], mine[~ill])
        yield (
            f"{pair.states} / {pair.denies}: area under the curve {area:.3f}; at {threshold:g} it "
            f"finds {rates.found} of {rates.ill} and takes {rates.alarms} of {rates.healthy} "
            "healthy scans for ill"
        )
