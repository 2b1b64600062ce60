import gc
import subprocess
import sys
import weakref
from functools import partial

import numpy as np
import psutil
import pytest

from med3dvlm import app
from med3dvlm.config import Settings
from med3dvlm.errors import VolumeError
from med3dvlm.hosting.models.choice import free_memory
from med3dvlm.hosting.operations.memory import (
    MEBI,
    USUAL,
    Holder,
    MemoryBudget,
    budget_bytes,
    give_back,
    keep_for_good,
    leave_out,
    put_off_collections,
)
from tests.fake_container import FakeContainer


class Thing:
    itself: object


def test_scans_count_as_long_as_they_live() -> None:
    budget = MemoryBudget(2_000)
    first = np.zeros(1_500, np.uint8)
    budget.hold(first)
    budget.hold(first)
    assert budget.held == 1_500
    with pytest.raises(VolumeError, match="all the memory"):
        budget.hold(np.zeros(600, np.uint8))
    del first
    gc.collect()
    assert budget.held == 0
    budget.hold(np.zeros(600, np.uint8))


def test_one_visitor_does_not_take_the_memory_of_all() -> None:
    """Two scans of one visitor, packed to 320 KB each, refused everybody else's."""
    budget = MemoryBudget(1_000)
    anna, bens = Holder("1", "anna", "here"), Holder("9", "ben", "elsewhere")
    first = np.zeros(400, np.uint8)
    budget.hold(first, anna)
    with pytest.raises(VolumeError, match="one visitor's share"):
        budget.check(400, Holder("2", "anna", "here"))
    budget.check(450, anna)  # replaces what the page shows
    with pytest.raises(VolumeError, match="one visitor's share"):
        budget.check(501, Holder("3", "carla", "there"))
    budget.check(400, bens)


def test_what_a_visitor_keeps_counts_on_the_page_that_shows_it_too() -> None:
    """Scans added to a search are not what the next one replaces; nobody keeps all the memory."""
    budget, anna = MemoryBudget(1_000), Holder("1", "anna", "here")
    small, more, unknown = (np.zeros(size, np.uint8) for size in (100, 50, 10))
    for scan in (small, more):
        budget.hold(scan, anna)
    assert budget.keep(small)
    assert budget.keep(small), "once is enough"
    assert not budget.keep(more), "an eighth in all"
    assert not budget.keep(unknown), "which nobody holds"
    budget.check(150, anna)
    with pytest.raises(VolumeError, match="take away the scans"):
        budget.check(160, anna)
    del small, scan
    gc.collect()
    assert budget.held == 50
    assert budget.keep(more)


def test_one_address_does_not_take_the_memory_of_all() -> None:
    budget = MemoryBudget(1_000)
    scans = [np.zeros(240, np.uint8) for _ in range(3)]
    for number, scan in enumerate(scans):
        budget.hold(scan, Holder(f"page {number}", f"cookie {number}", "here"))
    with pytest.raises(VolumeError, match="your address"):
        budget.hold(np.zeros(240, np.uint8), Holder("page", "cookie", "here"))
    budget.hold(np.zeros(240, np.uint8), Holder("page", "cookie", "elsewhere"))


def test_the_setting_counts_and_zero_takes_half_of_what_is_free() -> None:
    assert budget_bytes(3) == 3 * MEBI
    assert 0 < budget_bytes(0) < 2**45


def test_a_containers_limit_bounds_the_open_scans(container: FakeContainer) -> None:
    """Half of the machine's free memory was allowed, which may be more than the container has."""
    container.leaves(100 * MEBI)
    assert budget_bytes(0) == 50 * MEBI


def test_freed_memory_goes_back_to_the_machine() -> None:
    """Pieces too small to be mapped alone, with one that stays on top of them."""
    process = psutil.Process()
    pieces = [np.ones(60_000, np.uint8) for _ in range(2_000)]
    top = np.ones(60_000, np.uint8)
    full = process.memory_info().rss
    del pieces
    assert give_back()
    assert full - process.memory_info().rss > 80 * MEBI
    assert top.all()


THREADS_THAT_FREE = """
import sys, threading
import numpy as np, psutil
from med3dvlm.hosting.operations.memory import give_back, share_heaps
assert sys.argv[1] != "shared" or share_heaps()
np.ones(30 << 20, np.uint8)  # after such a one glibc keeps up to 60 MiB at the end of a heap
start = psutil.Process().memory_info().rss
all_here = threading.Barrier(12)
def work():
    all_here.wait()
    pieces = [np.ones(60_000, np.uint8) for _ in range(200)]
    all_here.wait()
    del pieces
    all_here.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
give_back()
print(psutil.Process().memory_info().rss - start)
"""


def test_what_many_threads_freed_goes_back_too() -> None:
    """Each would have a heap of its own by default, whose end is never given back."""
    kept = {
        how: int(subprocess.check_output([sys.executable, "-c", THREADS_THAT_FREE, how]))
        for how in ("shared", "by default")
    }
    assert kept["shared"] < 50 * MEBI
    assert kept["by default"] > kept["shared"] + 20 * MEBI


def test_what_is_kept_for_good_is_not_looked_at_again() -> None:
    """Each collection looked at all libraries and the model: half a second for everybody."""
    thing = Thing()
    thing.itself = thing
    watched = weakref.ref(thing)
    try:
        keep_for_good()
        assert gc.get_freeze_count() > 1000
        del thing
        gc.collect()
        assert watched() is not None, "it is not looked at"
        free_memory()
        assert watched() is None, "a model that is dropped for another one is freed"
    finally:
        gc.unfreeze()


def test_until_everything_is_loaded_only_young_garbage_is_looked_for() -> None:
    """While the model loaded, six collections looked at everything, half a second each."""
    kept: list[list[int]] = []
    try:
        put_off_collections()
        assert gc.get_threshold()[:2] == USUAL[:2]
        assert gc.get_threshold()[2] > 1000 * USUAL[2]
        leave_out()
        frozen = gc.get_freeze_count()
        kept += [[number] for number in range(1000)]
        keep_for_good()
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert gc.get_threshold() == USUAL
    finally:
        gc.set_threshold(*USUAL)
        gc.unfreeze()


def test_the_app_loads_with_collections_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its start until everything is loaded."""
    done: list[str] = []
    for name in ("put_off_collections", "keep_for_good", "share_heaps", "switch_often"):
        monkeypatch.setattr(app, name, partial(done.append, name))
    monkeypatch.setattr(app, "checked_address", lambda _: sys.exit())
    with pytest.raises(SystemExit):
        app.serve(Settings())
    app.settle()
    assert done == ["share_heaps", "put_off_collections", "switch_often", "keep_for_good"]
