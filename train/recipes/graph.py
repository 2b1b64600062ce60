"""Which stage depends on which; runs stages in parallel that don't depend on each other.

    run_graph(recipe.stages, one_stage, workers=2)

A small model gains nothing from a second thread (docs/lab-log.md), but two stages on two cores do
save time: the encoder learns to see while the language model learns to read.
"""

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.synchronize import RLock

import torch
from tqdm import tqdm

from train.recipes.recipe import StageConfig
from train.stages.names import STAGES

log = logging.getLogger(__name__)

# Runs one stage by name, with its bar on a terminal line; with several workers it is pickled.
RunOne = Callable[[str, int], None]


def waits_for(stages: Mapping[str, StageConfig]) -> dict[str, set[str]]:
    """For each stage, the stages in this set that it has to wait for."""
    waits = {name: set(config.needs) & set(stages) for name, config in stages.items()}
    if {"alignment", "facts"} <= set(stages):  # it reads the tokens that `facts` encodes
        waits["alignment"].add("facts")
    return waits


def in_order(stages: Mapping[str, StageConfig]) -> list[str]:
    """Names of stages, each after those that it waits for."""
    waits, order = waits_for(stages), list[str]()
    left = [name for name in STAGES if name in stages]
    while left:
        following = next(name for name in left if waits[name] <= set(order))
        left.remove(following)
        order.append(following)
    return order


def run_graph(stages: Mapping[str, StageConfig], run: RunOne, *, workers: int) -> None:
    """Run stages, each after those that it depends on.

    Args:
        stages: what to run; any other stage they depend on has already run.
        run: runs one of them.
        workers: stages at a time; if more than one, each gets a process with one thread.
    """
    order = in_order(stages)
    if min(workers, len(order)) < 2:
        for name in order:
            run(name, 0)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (context.RLock(),)) as pool:
        try:
            _run_beside(
                order, waits_for(stages), lambda name, line: pool.submit(run, name, line), workers
            )
        except KeyboardInterrupt:  # from a terminal they get it too, otherwise they would go on
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _run_beside(
    order: list[str],
    waits: Mapping[str, set[str]],
    submit: Callable[[str, int], Future[None]],
    workers: int,
) -> None:
    """Submit a stage as soon as it is ready; after a failure start no more."""
    waiting, running, done = list(order), dict[Future[None], tuple[str, int]](), set[str]()
    lines = set(range(workers))
    while waiting or running:
        for name in [name for name in waiting if waits[name] <= done]:
            if lines:
                waiting.remove(name)
                line = min(lines)
                lines.remove(line)
                running[submit(name, line)] = name, line
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in ended:
            name, line = running.pop(future)
            lines.add(line)
            done.add(name)
            if future.exception() and running:
                others = " and ".join(other for other, _ in running.values())
                log.error("%s failed; waiting for %s to finish", name, others)
            future.result()


def _start(lock: RLock) -> None:
    """Initialise a worker: one thread, and the terminal shared with the others."""
    end_with_parent()
    torch.set_num_threads(1)
    tqdm.set_lock(lock)


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended.

    A worker that went on would write into the same folder as the run that resumes.
    """
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
