"""How much faster several sampled answers to one question are when decoded in one batch.

python -m benchmarks.samples --model assets/default_model --samples 5 --rounds 5

Both methods ask the same questions with the same seeds, alternately in the same process; quote the
ratio. They must give the same answers, otherwise the benchmark stops.
"""

import argparse
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import torch

from benchmarks.encode import QUESTIONS
from benchmarks.hardware import hardware
from benchmarks.stopwatch import seconds
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM

HERE = Path(__file__).resolve().parent
WARM = Decoding(temperature=0.7, seed=1)  # as on the page
ONE_BY_ONE, SIDE_BY_SIDE = "one after the other", "side by side"


def one_by_one(engine: Engine, features: VolumeFeatures, question: str, count: int) -> list[str]:
    """The answers for `count` seeds."""
    said = []
    for number in range(count):
        decoding = replace(WARM, seed=WARM.seed + number)
        events = engine.answer(features, Conversation(), question, decoding=decoding)
        said.append("".join(event.text for event in events).strip())
    return said


def side_by_side(engine: Engine, features: VolumeFeatures, question: str, count: int) -> list[str]:
    """The same answers, decoded in one batch."""
    *_, last = engine.sample(features, Conversation(), question, count=count, decoding=WARM)
    return [sample.text for sample in last]


WAYS = {ONE_BY_ONE: one_by_one, SIDE_BY_SIDE: side_by_side}


def measure(
    engine: Engine, features: VolumeFeatures, count: int, rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Seconds by question and method, after one round to warm up."""
    times: dict[str, dict[str, list[float]]] = {}
    for question in QUESTIONS:
        if one_by_one(engine, features, question, count) != side_by_side(
            engine, features, question, count
        ):
            raise SystemExit(f"The two methods give different answers to: {question}")
        spent: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(rounds):
            for name, way in WAYS.items():
                work = partial(way, engine, features, question, count)
                spent[name].append(seconds(work))
        times[question] = spent
    return times


def report(times: dict[str, dict[str, list[float]]], heading: list[str]) -> str:
    """The figures as a Markdown page; the ratio is the median over rounds."""
    lines = [*heading, "", f"| question | {' | '.join(WAYS)} | speed-up |", "|---|---|---|---|"]
    ratios = []
    for question, spent in times.items():
        pairs = zip(spent[ONE_BY_ONE], spent[SIDE_BY_SIDE], strict=True)
        ratios.append(statistics.median(one / side for one, side in pairs))
        cells = [f"{1000 * statistics.median(spent[name]):.0f} ms" for name in WAYS]
        lines.append(f"| {question} | {' | '.join(cells)} | {ratios[-1]:.2f} |")
    return "\n".join([*lines, "", f"Median speed-up: {statistics.median(ratios):.2f}.", ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.samples", description=__doc__)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    engine = load_engine(arguments.model, device=arguments.device)
    features = engine.encode(make_case(SHOWROOM[0]).volume)
    times = measure(engine, features, arguments.samples, arguments.rounds)
    machine, day, card = hardware(arguments.device), datetime.now(UTC).date(), engine.card
    heading = [
        "# Several answers to one question",
        "",
        f"{day.isoformat()}, {machine}, torch {torch.__version__}. Model {card.info.name} "
        f"({card.digest}, {card.parameters:,} parameters), {arguments.samples} samples at "
        f"temperature {WARM.temperature}, {arguments.rounds} alternating rounds.",
    ]
    page = report(times, heading)
    print(page)
    (arguments.out / f"samples_{machine}_{day.isoformat()}.md").write_text(page)


if __name__ == "__main__":
    main()
