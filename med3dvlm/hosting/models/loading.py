"""A value that is made behind the page; handlers wait for it and can say what it is doing.

loading = Loading("The model", make)    # make(tell) runs in a thread of its own
loading.start()
for progress in loading.waiting():       # until it is there, twice a second
    print(progress.note)
engine = loading.value()
loading.renew()                      # drops it; the next start makes another one
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from med3dvlm.errors import Med3DVLMError

T = TypeVar("T")
LOOK_SECONDS = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, in words for the user, and how much of it is done (None: not known)."""

    note: str
    share: float | None = None


Tell = Callable[[Progress], None]


class Loading(Generic[T]):
    """One value, made once, for any number of threads that wait for it."""

    def __init__(self, name: str, make: Callable[[Tell], T]) -> None:
        self.name = name
        self._make = make
        self._lock = threading.Lock()
        self._future: Future[T] | None = None
        self._left: Future[T] | None = None
        self._round = 0
        self._given_up = False
        self._progress = Progress(f"{name} is still loading.")

    def start(self) -> None:
        """Begin in the background; a second call does nothing."""
        with self._lock:
            if self._future is None:
                thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
                left, self._left = self._left, None
                self._future = thread.submit(self._run, self._round, left)
                self._future.add_done_callback(partial(self._report, time.perf_counter()))
                thread.shutdown(wait=False)

    def make_here(self) -> None:
        """Make it in this thread, now; for a host that can only load in the main thread."""
        with self._lock:
            if self._future is None:
                self._future = Future()
                self._future.add_done_callback(partial(self._report, time.perf_counter()))
                try:
                    self._future.set_result(self._make(partial(self._tell, self._round)))
                except BaseException as error:
                    self._future.set_exception(error)
                    raise

    def renew(self) -> None:
        """Drop the value, so that the next `start` makes it again; a making that runs is given up.

        Who holds the old value keeps it; a new one is not begun before an old making has ended.
        """
        with self._lock:
            old, self._future = self._future, None
            self._round += 1
            self._left = old if old is not None and not old.done() else self._left
            self._progress = Progress(f"{self.name} is still loading.")

    def give_up(self) -> None:
        """At the end of the app: a making that runs ends at its next word."""
        self._given_up = True

    def _run(self, number: int, left: "Future[T] | None") -> T:
        if left is not None:
            wait([left])
            del left
        return self._make(partial(self._tell, number))

    @property
    def progress(self) -> Progress:
        """What is being done right now."""
        return self._progress

    @property
    def ready(self) -> bool:
        """Whether `value` returns at once."""
        return self._future is not None and self._future.done()

    @property
    def failed(self) -> bool:
        """Whether `value` would raise."""
        return self._future is not None and self.ready and self._future.exception() is not None

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True when the value is there, or will never be."""
        self.start()
        assert self._future is not None
        return bool(wait([self._future], timeout=seconds).done)

    def waiting(self) -> Iterator[Progress]:
        """What is being done, again and again until the value is there."""
        while not self.wait(LOOK_SECONDS):
            yield self._progress

    def value(self) -> T:
        """The value, once it is there.

        Raises:
            Med3DVLMError: it could not be made; the message says why.
        """
        self.start()
        assert self._future is not None
        error = self._future.exception()
        if error is None:
            return self._future.result()
        if isinstance(error, Med3DVLMError):
            raise type(error)(f"{self.name} can't be used: {error}")
        raise Med3DVLMError(f"{self.name} can't be used; the terminal of the app says why.")

    def _report(self, started: float, future: Future[T]) -> None:
        """Say in the terminal how it went; the traceback is for the one who runs the app."""
        seconds = time.perf_counter() - started
        error = future.exception()
        if self._given_up:
            return
        if error is None:
            logger.info("%s is ready after %.1f s", self.name, seconds)
        elif isinstance(error, Med3DVLMError):
            logger.error("%s can't be used: %s", self.name, error)
        else:
            logger.error("%s can't be used", self.name, exc_info=error)

    def _tell(self, number: int, progress: Progress) -> None:
        # Python waits for this thread before it ends, so somebody has to tell it.
        if self._given_up:
            raise Med3DVLMError("the app was closed")
        if number != self._round:
            raise Med3DVLMError("another one was chosen meanwhile")
        self._progress = progress
