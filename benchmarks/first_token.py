"""How long a visitor waits for the first token of the first and the second answer about a volume.

python -m benchmarks.first_token --model assets/default_model --rounds 9

The first question pays for the encoder and for reading the image tokens. The second pays only for
its own tokens if the image is cached, otherwise it reads the image again. All are timed alternately
in the same process; quote the ratio. With and without the cache, answers must agree in every
probability, otherwise the benchmark stops.
"""

import argparse
import statistics
from datetime import UTC, datetime
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
from med3dvlm.volumes.volume import Volume

HERE = Path(__file__).resolve().parent
ANSWER = Decoding(max_new_tokens=16)


def first_token(engine: Engine, features: VolumeFeatures, question: str) -> None:
    """Ask, and stop after the first token."""
    stream = engine.answer(features, Conversation(), question, decoding=ANSWER)
    next(stream, None)
    stream.close()  # type: ignore[attr-defined]


def measure(engine: Engine, volume: Volume, rounds: int) -> dict[str, list[float]]:
    """Seconds to the first token, by method; the first round is a warm-up and doesn't count."""
    features = engine.encode(volume)
    if heard(engine, features, forget=True) != heard(engine, features, forget=False):
        raise SystemExit("The two methods give different answers, so there is nothing to compare.")

    def first() -> None:
        first_token(engine, engine.encode(volume), QUESTIONS[0])

    def second() -> None:
        first_token(engine, features, QUESTIONS[3])

    times: dict[str, list[float]] = {
        "first question, encoder included": [],
        "second question": [],
        "second question, image read again": [],
    }
    for _ in range(rounds + 1):
        engine.forget_prefixes()
        spent = [seconds(first), seconds(second)]
        engine.forget_prefixes()
        spent.append(seconds(second))
        for column, value in zip(times.values(), spent, strict=True):
            column.append(value)
    return {name: column[1:] for name, column in times.items()}


def heard(engine: Engine, features: VolumeFeatures, *, forget: bool) -> list[tuple[str, float]]:
    """All answers with their probabilities; reads the image once, or again for each answer."""
    said = []
    for question in QUESTIONS:
        if forget:
            engine.forget_prefixes()
        events = engine.answer(features, Conversation(), question, decoding=ANSWER)
        said += [(event.text, event.probability) for event in events]
    return said


def report(times: dict[str, list[float]], heading: list[str]) -> str:
    """The figures as a Markdown page; the ratio is the median over rounds of this / first."""
    whole = next(iter(times.values()))
    lines = [
        *heading,
        "",
        "| wait for the first token | median ms | fastest | slowest | of first |",
    ]
    lines.append("|---|---|---|---|---|")
    for name, spent in times.items():
        ratio = statistics.median(s / w for w, s in zip(whole, spent, strict=True))
        cells = [statistics.median(spent), min(spent), max(spent)]
        lines.append(f"| {name} | {' | '.join(f'{1000 * c:.1f}' for c in cells)} | {ratio:.3f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_token", description=__doc__)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    engine = load_engine(arguments.model, device=arguments.device)
    volume = make_case(SHOWROOM[0]).volume
    times = measure(engine, volume, arguments.rounds)
    machine, day, card = hardware(arguments.device), datetime.now(UTC).date(), engine.card
    heading = [
        "# Time to the first token",
        "",
        f"{day.isoformat()}, {machine}, torch {torch.__version__}. Model {card.info.name} "
        f"({card.digest}, {card.parameters:,} parameters), volume "
        f"{' x '.join(map(str, volume.shape))}, {arguments.rounds} alternating rounds.",
    ]
    page = report(times, heading)
    print(page)
    (arguments.out / f"first-token_{machine}_{day.isoformat()}.md").write_text(page)


if __name__ == "__main__":
    main()
