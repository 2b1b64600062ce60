"""Paint a lesion into a phantom or a scan and ask about it, once or from small to large."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from med3dvlm.commands import options
from med3dvlm.engine.scan_reader import ScanReader
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.errors import Med3DVLMError, PromptError
from med3dvlm.explain.lab.curves import VARIED, CurveWanted, detectability, threshold_of
from med3dvlm.explain.lab.places import PlaceRates
from med3dvlm.explain.lab.trials import (
    ScanTrial,
    TrialResult,
    ask_in_scan,
    compared,
    read_any_trial,
    run_scan_trial,
    run_trial,
)
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial
from med3dvlm.phantoms.splits import TEST
from med3dvlm.scripting.lab import lesion_at, usual_trial
from med3dvlm.values import to_json
from med3dvlm.volumes import open_volume


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kind", choices=tuple(KINDS), help="the finding to paint")
    what.add_argument("--trial", type=Path, help="repeat the trial of this .json file")
    parser.add_argument("--scan", type=Path,
                        help="paint into this scan, or repeat a trial that was painted into it"
                        )  # fmt: skip
    parser.add_argument("--voxel", type=float, nargs=3, metavar=("Z", "Y", "X"),
                        help="where in --scan; z to the head, y to the back, x to the left"
                        )  # fmt: skip
    parser.add_argument("--place", help="one of the kind's places; the first by default")
    parser.add_argument("--size", type=int, help="in mm; the middle of the kind's sizes by default")
    parser.add_argument("--contrast", type=float, default=1.0, help="1 is usual, 0 is none")
    parser.add_argument("--seed", type=int, default=TEST.start, help="the person")
    parser.add_argument("--curve", action="store_true",
                        help="many people, and all sizes, contrasts or places: what is detected"
                        )  # fmt: skip
    parser.add_argument("--vary", choices=VARIED,
                        help="of a curve; the size by default, where a kind has several"
                        )  # fmt: skip
    parser.add_argument("--people", type=int, default=20, help="of a curve")
    parser.add_argument("--steps", type=int, default=7, help="sizes of a curve, 0 included")
    parser.add_argument("--out", type=Path, help="a new .json file for the trial or the curve")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Ask, and yield what was found.

    Raises:
        ConfigError: the lesion can't be painted, or the file holds no trial.
        VolumeError: it can't be painted there.
        PromptError: the curve has too few or too many people or steps.
        Med3DVLMError: the file can't be read, or the output exists.
    """
    if chosen.out and chosen.out.exists():
        raise Med3DVLMError(f"{chosen.out} already exists. Name a new file.")
    if chosen.curve and (chosen.scan or chosen.voxel):
        raise PromptError("A curve paints phantoms: leave --scan and --voxel out, or --curve.")
    if chosen.curve and chosen.kind:
        yield from _curve(chosen)
        return
    earlier = _read(chosen.trial) if chosen.trial else None
    if isinstance(earlier, ScanTrial):
        yield from _repeated_in_scan(earlier, chosen)
        return
    if chosen.kind and (chosen.scan or chosen.voxel):
        yield from _in_scan(chosen)
        return
    trial = earlier.trial if earlier else _usual(chosen)
    engine = options.engine_of(chosen)
    question = earlier.question if earlier else presence_question(trial.kind)
    result = run_trial(ScanReader(engine), trial, question=question, weights=engine.card.digest)
    _write(chosen.out, to_json(result))
    where = f" in the {trial.place}" if trial.place else ""
    yield f"{trial.kind} of {trial.size_mm} mm{where}, phantom {trial.seed}: {question}"
    yield (
        f"yes with it: {result.with_lesion:.2f}, without it: {result.without:.2f}, "
        f"without an image: {result.blind:.2f}; it differs by {result.contrast_hu:.0f} HU"
    )
    if earlier:
        yield compared(earlier, weights=result.weights, with_lesion=result.with_lesion)


def _repeated_in_scan(earlier: ScanTrial, chosen: argparse.Namespace) -> Iterator[str]:
    if chosen.scan is None:
        raise PromptError("This trial was painted into a scan: name its file with --scan.")
    volume = open_volume(chosen.scan)
    if volume.digest != earlier.scan:
        raise PromptError(f"{chosen.scan} is another scan than that of the trial.")
    engine = options.engine_of(chosen)
    now = run_scan_trial(ScanReader(engine), earlier, volume, weights=engine.card.digest)
    _write(chosen.out, to_json(now))
    yield from _told_in_scan(now)
    yield compared(earlier, weights=now.weights, with_lesion=now.with_lesion)


def _in_scan(chosen: argparse.Namespace) -> Iterator[str]:
    if chosen.scan is None or chosen.voxel is None:
        raise PromptError("A lesion in a scan needs both: its file with --scan, and --voxel Z Y X.")
    if chosen.place:
        raise PromptError("In a scan, --voxel says where the lesion lies: leave --place out.")
    lesion = lesion_at(chosen.voxel, chosen.kind, size_mm=chosen.size, contrast=chosen.contrast)
    volume = open_volume(chosen.scan)
    engine, question = options.engine_of(chosen), presence_question(chosen.kind)
    made = ask_in_scan(
        ScanReader(engine), lesion, volume, question=question, weights=engine.card.digest
    )
    _write(chosen.out, to_json(made))
    yield from _told_in_scan(made)


def _told_in_scan(made: ScanTrial) -> Iterator[str]:
    yield made.lesion.said
    yield f"{made.kind} of {made.size_mm:g} mm at voxel {made.voxel}: {made.question}"
    yield (
        f"yes with it: {made.with_lesion:.2f}, without it: {made.without:.2f}, "
        f"without an image: {made.blind:.2f}"
    )


def _usual(chosen: argparse.Namespace) -> Trial:
    return usual_trial(
        chosen.kind, place=chosen.place, size_mm=chosen.size, contrast=chosen.contrast,
        seed=chosen.seed,
    )  # fmt: skip


def _curve(chosen: argparse.Namespace) -> Iterator[str]:
    wanted = CurveWanted(
        kind=chosen.kind, vary=chosen.vary, people=chosen.people, steps=chosen.steps,
        seed=chosen.seed,
    )  # fmt: skip
    engine, question = options.engine_of(chosen), presence_question(chosen.kind)
    made = detectability(ScanReader(engine), wanted, question=question, weights=engine.card.digest)
    _write(chosen.out, json.dumps(made.numbers, indent=1))
    if isinstance(made.found, PlaceRates):
        for place, mean in made.found.means.items():
            low, high = made.found.intervals[place]
            yield f"{place}\t{mean:.3f}\t{low:.3f} to {high:.3f}"
        yield f"without an image: {made.blind:.3f}"
        return
    for value, mean in zip(made.found.steps, made.found.means, strict=True):
        yield f"{value:g}\t{mean:.3f}"
    yield f"without an image: {made.blind:.3f}"
    yield threshold_of(made.found)


def _read(path: Path) -> TrialResult | ScanTrial:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Med3DVLMError(
            f"{path} is no text: name a .json file written by this command."
        ) from None
    return read_any_trial(text)


def _write(path: Path | None, text: str) -> None:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
