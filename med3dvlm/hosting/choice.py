"""Which of the configured models answers: one at a time, for everybody; changing frees the old one.

choice = ModelChoice(("embedded", "models/mine"))
slots = Slot("The model", lambda tell: load(choice.current, tell)), ...
choice.govern(*slots)            # in the order in which they are made
choice.choose("models/mine")
"""

import gc
import logging
import sys
import threading
from typing import Any

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.slot import Slot

logger = logging.getLogger(__name__)


class ModelChoice:
    """The names to choose from, and the one that is loaded."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._current = names[0]
        self._slots: tuple[Slot[Any], ...] = ()
        self._lock = threading.Lock()

    @property
    def current(self) -> str:
        """The model that is loaded, or loading."""
        return self._current

    def govern(self, *slots: Slot[Any]) -> None:
        """Name what is made of the model; all of it is dropped when another one is chosen."""
        self._slots = slots

    def choose(self, name: str) -> None:
        """Drop the model that is loaded and begin to load another one.

        What still runs on the old one comes to its end first; its memory is free then.

        Raises:
            ConfigError: it is none of the names.
        """
        if name not in self.names:
            raise ConfigError(f"{name} is not one of the configured models: {self.names}")
        with self._lock:
            if name == self._current:
                return
            self._current = name
            for slot in self._slots:
                slot.renew()
            free_memory()
            logger.info("Changing the model to %s", name)
            for slot in self._slots:
                slot.start()


def free_memory() -> None:
    """Give back what dropped models held, on the host and on the GPU."""
    gc.collect()
    torch = sys.modules.get("torch")  # nobody loaded a model where it is not imported yet
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
