"""A list of work for the workers of a Dask scheduler: results in order, none made twice.

Dask hands the work of a worker that died to another one, but results that nobody has fetched die
with it. So a worker first writes its result to a folder that all machines share, and whoever is
given that work again, in this run or the next, finds it there. Needs the extra `archive`.
"""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from med3dvlm.errors import Med3DVLMError

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
LOCAL = "127.0.0.1:0"  # its status page: any free port, for this machine alone
AHEAD = 256  # items handed out before the first of them must be done


class WorkersError(Med3DVLMError):
    """There are no workers to do the work."""


@contextmanager
def crew(scheduler: str = "", *, processes: int = 1) -> Iterator["Client"]:
    """The workers of a scheduler, or processes on this machine that end with the `with`.

    Args:
        scheduler: an address such as `tcp://10.0.0.1:8786`; empty for processes of our own.
        processes: how many of our own; each works on one item at a time.

    Raises:
        WorkersError: the extra isn't installed, or no scheduler answers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise WorkersError(
            "Several workers need the extra archive: pip install 'med3dvlm[archive]'."
        ) from error
    if not scheduler:
        with (
            LocalCluster(
                n_workers=processes, threads_per_worker=1, dashboard_address=LOCAL, protocol="tcp"
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"{scheduler}: no scheduler answers there. Start one: dask scheduler --port 8786"
        ) from error
    with client:
        yield client


def results(
    work: Callable[[Item], Any],
    items: Sequence[Item],
    *,
    workers: "Client",
    kept: Path,
    name_of: Callable[[Item], str],
) -> Iterator[Any]:
    """The result of each item, or the `Med3DVLMError` that it ended in, in the order of the items.

    Args:
        work: a function of a module; returns a JSON value.
        items: what it is called with, in a worker process.
        workers: as `crew` returns them.
        kept: folder for results that are not taken yet, the same on all machines.
        name_of: tells items apart.
    """
    kept.mkdir(parents=True, exist_ok=True)
    waiting: deque[tuple[Path, Future]] = deque()
    for item in items:
        place = kept / f"{hashlib.sha256(name_of(item).encode()).hexdigest()[:32]}.json"
        waiting.append((place, workers.submit(kept_result, work, item, place, pure=False)))
        if len(waiting) >= AHEAD:
            yield from _taken(*waiting.popleft())
    while waiting:
        yield from _taken(*waiting.popleft())
    shutil.rmtree(kept)


def _taken(place: Path, future: "Future") -> Iterator[Any]:
    """The result, which is deleted from its place once it is stored elsewhere."""
    from distributed import KilledWorker

    try:
        yield future.result()
    except KilledWorker:
        yield WorkersError("The worker died each time that it was given this; see its log.")
    except Med3DVLMError as error:
        yield error
    place.unlink(missing_ok=True)


def kept_result(work: Callable[[Item], Any], item: Item, place: Path) -> Any:
    """The result that lies at a place, or that of the work, which is then put there."""
    if place.exists():
        return json.loads(place.read_text(encoding="utf-8"))
    result = work(item)
    draft = place.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(result), encoding="utf-8")
    draft.replace(place)
    return result
