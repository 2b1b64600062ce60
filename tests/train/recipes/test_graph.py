"""Stages wait for what they build on, and for nothing else."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
import torch

from med3dvlm.errors import TrainingError
from train.recipes.graph import in_order, run_graph, waits_for
from train.recipes.m3d import sample_recipe
from train.recipes.phantom import smoke_recipe
from train.stages.names import PUBLISHED, STAGES

PHANTOMS = smoke_recipe().stages


def note(folder: Path, name: str, line: int) -> None:
    """A stage that leaves when it ran, and with how many threads."""
    began = time.monotonic()
    time.sleep(0.05)
    (folder / name).write_text(f"{began} {time.monotonic()} {torch.get_num_threads()} {line}")


def meet(folder: Path, name: str, line: int) -> None:
    """Encoder and language model each go on when the other has begun."""
    (folder.parent / f"{name} began").touch()
    other = {"encoder": "language", "language": "encoder"}.get(name, name)
    end = time.monotonic() + 60
    while not (folder.parent / f"{other} began").exists():
        assert time.monotonic() < end, f"{other} never ran beside {name}"
        time.sleep(0.01)
    note(folder, name, line)


def fail(folder: Path, name: str, line: int) -> None:
    """The encoder fails at once."""
    if name == "encoder":
        raise TrainingError("no phantoms")
    note(folder, name, line)


def stay(folder: Path, name: str, line: int) -> None:
    """A stage that says which process runs it, and doesn't end."""
    partly = folder / f"{line}.part"
    partly.write_text(str(os.getpid()))
    partly.rename(folder / f"{line}.pid")
    time.sleep(300)


def times(folder: Path) -> dict[str, tuple[float, float]]:
    """Beginning and end of each stage."""
    read = {path.name: path.read_text().split() for path in folder.iterdir()}
    return {name: (float(began), float(ended)) for name, (began, ended, *_) in read.items()}


def test_every_stage_comes_after_those_that_it_needs() -> None:
    assert in_order(sample_recipe().stages) == list(PUBLISHED)
    order = in_order(PHANTOMS)
    assert set(order) == set(STAGES)
    for name, needs in waits_for(PHANTOMS).items():
        assert all(order.index(other) < order.index(name) for other in needs)


@pytest.mark.slow
def test_two_workers_run_beside_each_other_what_may(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    run_graph(PHANTOMS, partial(meet, results), workers=2)
    ran = times(results)
    assert set(ran) == set(STAGES)
    for name, needs in waits_for(PHANTOMS).items():
        assert all(ran[other][1] <= ran[name][0] for other in needs), name
    told = [path.read_text().split() for path in results.iterdir()]
    assert {threads for _, _, threads, _ in told} == {"1"}
    assert {line for *_, line in told} == {"0", "1"}, "two bars have a line each"


def test_one_worker_runs_one_after_the_other_in_this_process(tmp_path: Path) -> None:
    few = {name: PHANTOMS[name] for name in ("instruction", "encoder")}
    run_graph(few, partial(note, tmp_path), workers=1)
    ran = times(tmp_path)
    assert ran["encoder"][1] <= ran["instruction"][0]


@pytest.mark.slow
def test_after_a_failure_nothing_more_begins_and_what_runs_still_ends(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no phantoms"):
        run_graph(PHANTOMS, partial(fail, tmp_path), workers=2)
    assert set(times(tmp_path)) <= {"language"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGINT, id="interrupted", marks=pytest.mark.apart),
    ],
)
def test_workers_end_with_the_process_that_started_them(
    tmp_path: Path, end: signal.Signals
) -> None:
    """They went on beside the run that resumed, into the same folder."""
    two = "{name: PHANTOMS[name] for name in ('encoder', 'language')}"
    code = (
        "from functools import partial; from pathlib import Path\n"
        "from tests.train.recipes.test_graph import PHANTOMS, run_graph, stay\n"
        "if __name__ == '__main__':\n"
        f"    run_graph({two}, partial(stay, Path({str(tmp_path)!r})), workers=2)\n"
    )
    script = tmp_path / "run.py"
    script.write_text(code)
    whole = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    run = subprocess.Popen([sys.executable, str(script)], env=whole, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while len(told := list(tmp_path.glob("*.pid"))) < 2:
            assert time.monotonic() < until
            assert run.poll() is None
            time.sleep(0.1)
        workers = [psutil.Process(int(path.read_text())) for path in told]
        run.send_signal(end)
        _, alive = psutil.wait_procs(workers, timeout=60)
        assert not alive
        run.wait(60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
