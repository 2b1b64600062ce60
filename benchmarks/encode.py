"""Questions about one volume: encoding it once against encoding it for every question.

python -m benchmarks.encode --model assets/default_model --questions 5 --rounds 5

Both methods are timed alternately in the same process, so that other load affects both; quote the
ratio. They must give equal answers, otherwise the benchmark stops.
"""

import argparse
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.hardware import hardware
from benchmarks.stopwatch import seconds
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.volumes.volume import Volume

HERE = Path(__file__).resolve().parent
QUESTIONS = (
    "Which part of the body is shown?",
    "In which plane are the slices?",
    "What is the phase of contrast enhancement?",
    "What abnormalities are present?",
    "Is there a kidney stone?",
)
ANSWER = Decoding(max_new_tokens=24)


def say(engine: Engine, features: VolumeFeatures, question: str) -> str:
    """The whole answer, greedy."""
    events = engine.answer(features, Conversation(), question, decoding=ANSWER)
    return "".join(event.text for event in events)


def kept(engine: Engine, volume: Volume, asked: list[str]) -> list[str]:
    """Encode once, then answer all questions, as the app does."""
    features = engine.encode(volume)
    return [say(engine, features, question) for question in asked]


def again(engine: Engine, volume: Volume, asked: list[str]) -> list[str]:
    """Encode again for every question: the baseline."""
    return [say(engine, engine.encode(volume), question) for question in asked]


def measure(
    engine: Engine, volume: Volume, asked: list[str], rounds: int
) -> dict[str, list[float]]:
    """Seconds of every round of both methods and of their parts, after one round to warm up."""
    if kept(engine, volume, asked) != again(engine, volume, asked):
        raise SystemExit("The two methods give different answers, so there is nothing to compare.")
    features = engine.encode(volume)
    works: dict[str, Callable[[], object]] = {
        "encoded again for each question": lambda: again(engine, volume, asked),
        "encoded once and kept": lambda: kept(engine, volume, asked),
        "part: one encoding": lambda: engine.encode(volume),
        "part: the first answer": lambda: say(engine, features, asked[0]),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return times


def report(times: dict[str, list[float]], heading: list[str]) -> str:
    """The figures as a Markdown page; the ratio is the median over rounds of baseline / this."""
    plain = next(iter(times.values()))
    lines = [*heading, "", "| method | median s | fastest s | slowest s | baseline / this |"]
    lines.append("|---|---|---|---|---|")
    for name, spent in times.items():
        ratio = statistics.median(p / s for p, s in zip(plain, spent, strict=True))
        compared = "-" if name.startswith("part:") else f"{ratio:.2f}"
        cells = f"{statistics.median(spent):.3f} | {min(spent):.3f} | {max(spent):.3f}"
        lines.append(f"| {name} | {cells} | {compared} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encode", description=__doc__)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    engine = load_engine(arguments.model, device=arguments.device)
    volume = make_case(SHOWROOM[0]).volume
    asked = [QUESTIONS[i % len(QUESTIONS)] for i in range(arguments.questions)]
    times = measure(engine, volume, asked, arguments.rounds)
    machine = hardware(arguments.device)
    day = datetime.now(UTC).date().isoformat()
    card = engine.card
    heading = [
        "# Questions about one volume",
        "",
        f"{day}, {machine}, torch {torch.__version__}. Model {card.info.name} ({card.digest}, "
        f"{card.parameters:,} parameters), volume {' x '.join(map(str, volume.shape))}, "
        f"{len(asked)} questions, at most {ANSWER.max_new_tokens} tokens each, "
        f"{arguments.rounds} alternating rounds.",
    ]
    page = report(times, heading)
    print(page)
    (arguments.out / f"questions_{machine}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
