"""Which stage builds on which, and running those beside each other that don't wait for one another.

    run_graph(STAGES, partial(one_stage, recipe, work), workers=2)

A small model gains nothing from a second thread (docs/lab-log.md), but two stages on two cores do:
the encoder learns to see while the language model learns to read.
"""

import logging
import multiprocessing
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import RLock

import torch
from tqdm import tqdm

from train.loop.progress import place_bar

log = logging.getLogger(__name__)

# In the order in which one process runs them. Alignment reads the tokens that `facts` has encoded.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "encoder": (),
    "language": (),
    "facts": ("encoder",),
    "alignment": ("language", "facts"),
    "instruction": ("alignment",),
    "reading": ("facts",),
    "contrastive": ("reading",),
}


def run_graph(names: Collection[str], run: Callable[[str], None], *, workers: int) -> None:
    """Run stages, each after those of `names` that it builds on.

    Args:
        names: what to run; what else they build on has been run before.
        run: runs one stage by its name; with several workers it is pickled.
        workers: stages at a time; several get a process with one thread each.
    """
    order = [name for name in NEEDS if name in names]
    if min(workers, len(order)) < 2:
        for name in order:
            run(name)
        return
    context = multiprocessing.get_context("spawn")
    shared = context.RLock(), context.Value("i", 0)
    with ProcessPoolExecutor(workers, context, _start, shared) as pool:
        _run_beside(order, lambda name: pool.submit(run, name))


def _run_beside(order: list[str], submit: Callable[[str], Future[None]]) -> None:
    """Submit what is ready whenever something ends; after a failure nothing more begins."""
    waiting, running, done = list(order), dict[Future[None], str](), set[str]()
    while waiting or running:
        for name in [name for name in waiting if not set(NEEDS[name]) & set(order) - done]:
            waiting.remove(name)
            running[submit(name)] = name
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in ended:
            name = running.pop(future)
            done.add(name)
            if future.exception() and running:
                log.error("%s failed; %s still ends", name, " and ".join(running.values()))
            future.result()


def _start(lock: RLock, started: "Synchronized[int]") -> None:
    """A worker computes with one thread, and its bar has a line of its own."""
    torch.set_num_threads(1)
    tqdm.set_lock(lock)
    with started.get_lock():
        place_bar(started.value)
        started.value += 1
