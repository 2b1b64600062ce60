"""Many visitors at once, such as a class: upload, scroll, ask, search, close, for some minutes.

    python -m benchmarks.soak                              # 30 visitors, 4 minutes, writes a table
    python -m benchmarks.soak --visitors 4 --seconds 20 --out ""

Each visitor is a separate HTTP session (benchmarks/visitor.py) with its own files, questions and
names. The run fails on an error, on another visitor's answers, words or files, and on growing
memory.
"""

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import nibabel as nib
import numpy as np

from benchmarks.attack.served import Served, served
from benchmarks.visitor import QUESTION, VisitError, Visitor
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = (QUESTION, "In which plane are the slices?", "Is there a kidney stone?")
SEARCHES = ("kidney stone", "pneumothorax", "hip prosthesis")
SHAPE = (64, 128, 128)
SCANS = 4
MEBI = 2**20
GONE_SECONDS, AFTER_SECONDS = 100.0, 3.0  # to forget uploads of nobody's; and to free memory
Meeting = Callable[[str], AbstractContextManager[None]]


@dataclass
class Record:
    """What all visitors saw, taken together."""

    visits: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.perf_counter()
        yield
        with self.lock:
            self.seconds.setdefault(name, []).append(time.perf_counter() - started)


@dataclass(frozen=True)
class Scan:
    """A file to upload, and the model's answers about it without other visitors."""

    path: Path
    answers: dict[str, str]


def scan_files(folder: Path) -> list[Path]:
    """Phantoms as NIfTI, as a visitor would have them."""
    paths = []
    for number, seed in enumerate(SHOWROOM[800 : 800 + SCANS]):
        volume = make_case(seed, shape=SHAPE).volume
        flip = np.diag([-1.0, -1.0, 1.0, 1.0])  # NIfTI's axes point to the right and to the front
        voxels = np.ascontiguousarray(volume.voxels.transpose(2, 1, 0)).astype(np.int16)
        path = folder / f"scan_{number}.nii.gz"
        nib.save(nib.Nifti1Image(voxels, flip @ volume.affine), path)
        paths.append(path)
    return paths


def alone(url: str, paths: list[Path]) -> list[Scan]:
    """The model's answers to a single visitor."""
    scans = []
    for path in paths:
        with Visitor(url) as visitor:
            visitor.upload("upload", path)
            scans.append(Scan(path, {question: visitor.ask(question) for question in QUESTIONS}))
    return scans


def come_and_go(url: str, number: int, scans: list[Scan], record: Record, until: float) -> None:
    """One visitor, who opens the page again and again."""
    chance = random.Random(number)
    while time.monotonic() < until:
        try:
            visit(url, f"visitor{number:02d}", chance.choice(scans), record)
        except (VisitError, OSError, ValueError, KeyError, IndexError) as error:
            with record.lock:
                record.errors.append(f"{type(error).__name__}: {error}")
        time.sleep(chance.uniform(0, 0.5))


def visit(url: str, name: str, scan: Scan, record: Record) -> None:
    """Upload under a unique name, scroll, ask, search, close."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / f"{name}.nii.gz"
        own.write_bytes(scan.path.read_bytes())
        with record.step("open the page"):
            visitor = Visitor(url, name=name).__enter__()
        try:
            with record.step("upload and see"):
                visitor.upload("upload", own)
            with record.step("scroll"):
                scroll(visitor)
            for question in QUESTIONS:
                with record.step("ask"):
                    answer = visitor.ask(question)
                if answer != scan.answers[question]:
                    with record.lock:
                        record.crossed.append(f"{name}: {question} -> {answer}")
            with record.step("search"):
                if not visitor.search(SEARCHES[len(name) % len(SEARCHES)]):
                    raise VisitError("the search found nothing")
        finally:
            visitor.__exit__(None, None, None)
        check_words(visitor, name, record)


def scroll(visitor: Visitor) -> None:
    """Fetch the voxel file: scrolling happens in the browser and needs nothing else."""
    path = visitor.files()[-1]
    answer = visitor.fetch(path)
    if answer.status_code != 200 or len(answer.content) < 1000:
        raise VisitError(f"the voxel file returned status {answer.status_code}")


def check_words(visitor: Visitor, name: str, record: Record) -> None:
    """Record any words of another visitor that this one was sent."""
    text = "\n".join(visitor.seen)
    strange = {word for word in _names(text) if word != name}
    with record.lock:
        record.visits += 1
        record.waited += visitor.waits
        record.crossed += [f"{name} was sent {word}" for word in strange]


def _names(text: str) -> set[str]:
    return {part[:9] for part in text.split("visitor")[1:] for part in (f"visitor{part[:2]}",)}


@dataclass(frozen=True)
class Outcome:
    """The summary of a soak test.

    Attributes:
        record: what the visitors saw.
        memory: of the app, in bytes, every half second, and at last some time after the visits.
        level: what it had before them, when each kind of work was done once.
        log: all that it has said.
        left: files of visits on the disk after the last one was forgotten.
        after: what lay in the temporary folder after it was ended.
    """

    record: Record
    memory: list[int]
    level: int
    log: str
    left: int
    after: list[str]

    @property
    def growth(self) -> float:
        """Mean memory in the last third divided by that in the second third."""
        third = len(self.memory) // 3
        return statistics.mean(self.memory[-third:]) / statistics.mean(self.memory[third:-third])


def soak(visitors: int, seconds: float, *, beside: Meeting = nullcontext) -> Outcome:
    """Run `visitors` visitors at once for `seconds` seconds, beside somebody else at that URL."""
    with tempfile.TemporaryDirectory() as name:
        folder, record, memory = Path(name), Record(), []
        with served(folder, MED3DVLM_FORGET_SECONDS="2", MED3DVLM_LOG="json") as app:
            app.wait_until_ready()
            scans = alone(app.url, scan_files(folder))
            level = app.memory_bytes()
            with beside(app.url):
                until = time.monotonic() + seconds
                threads = [
                    threading.Thread(target=come_and_go, args=(app.url, n, scans, record, until))
                    for n in range(visitors)
                ]
                for thread in threads:
                    thread.start()
                while any(thread.is_alive() for thread in threads):
                    memory.append(app.memory_bytes())
                    time.sleep(0.5)
            left = left_files(app)
            memory.append(app.memory_bytes())
        after = sorted(path.name for path in app.temporary.rglob("*"))
        log = "\n".join(app.log_lines())
        return Outcome(record, memory, level, log, left, after)


def left_files(app: Served) -> int:
    """How many files stay for good after the last visit.

    Gradio's file field leaves an empty file for every upload, which contains nothing.
    """
    until = time.monotonic() + GONE_SECONDS
    while (left := len(app.kept())) and time.monotonic() < until:
        time.sleep(0.5)
    time.sleep(AFTER_SECONDS)
    return left


def table(outcome: Outcome, visitors: int, seconds: float) -> Iterator[str]:
    """The lines of the result page."""
    record = outcome.record
    yield f"# Soak: {visitors} visitors at once for {seconds:.0f} s"
    yield ""
    yield f"{platform.machine()}, {os.cpu_count()} cores, no GPU; other work ran on them too."
    yield "`make soak`: each visit opens the page, uploads a scan under its own name, fetches its"
    yield "voxels, asks three questions, searches and closes. Answers are compared with those given"
    yield "to a single visitor."
    yield ""
    yield "| result | |"
    yield "|---|---|"
    yield f"| completed visits | {record.visits} |"
    yield f"| errors | {len(record.errors)} |"
    yield f"| answers, names or files of other visitors | {len(record.crossed)} |"
    level, last = outcome.level / MEBI, outcome.memory[-1] / MEBI
    yield f"| app memory before the visits and after (MiB) | {level:.0f}, {last:.0f} |"
    yield f"| mean memory, last third / second third | {outcome.growth:.3f} |"
    yield f"| times that a visitor saw a queue position | {len(record.waited)} |"
    yield f"| non-empty files that stayed after the last visit | {outcome.left} |"
    yield f"| what lies in its temporary folder after its end | {len(outcome.after)} |"
    yield f"| log lines with a visitor's name | {outcome.log.count('visitor0')} |"
    yield ""
    yield "| step | count | median | 90th percentile | longest (s) |"
    yield "|---|---|---|---|---|"
    for step, taken in record.seconds.items():
        cuts = np.quantile(taken, [0.5, 0.9, 1.0])
        yield f"| {step} | {len(taken)} | " + " | ".join(f"{cut:.2f}" for cut in cuts) + " |"


def main() -> None:
    """Run, print, write the table; fail if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--out", default="benchmarks")
    chosen = parser.parse_args()
    outcome = soak(chosen.visitors, chosen.seconds)
    text = "\n".join(table(outcome, chosen.visitors, chosen.seconds)) + "\n"
    print(text)
    for line in (*outcome.record.errors[:10], *outcome.record.crossed[:10]):
        print(line, file=sys.stderr)
    if chosen.out:
        name = f"soak_{platform.machine()}_{os.cpu_count()}cores_{time.strftime('%Y-%m-%d')}.md"
        (ROOT / chosen.out / name).write_text(text)
    if outcome.record.errors or outcome.record.crossed:
        sys.exit("something went wrong; see above")


if __name__ == "__main__":
    main()
