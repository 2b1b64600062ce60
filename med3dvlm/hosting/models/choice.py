"""Which of the configured models answers: one at a time, for everybody; changing frees the old one.

choice = ModelChoice(("embedded", "models/mine"))
model = Loading("The model", lambda tell: load(choice.current, tell))
choice.reload_on_change(model)   # in the order in which they are made
choice.choose("models/mine")
"""

import gc
import logging
import sys
import threading
from pathlib import Path
from typing import Any

from med3dvlm.config import JOINED
from med3dvlm.errors import ConfigError
from med3dvlm.hosting.models.loading import Loading

logger = logging.getLogger(__name__)


class ModelChoice:
    """The names to choose from, and the one that is loaded."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._current = names[0]
        self._loadings: tuple[Loading[Any], ...] = ()
        self._lock = threading.Lock()

    @property
    def labels(self) -> dict[str, str]:
        """Names by what visitors are shown: of a folder its last part, not where it lies."""
        shown: dict[str, str] = {}
        for name in self.names:
            label = " + ".join(_shown(part) for part in name.split(JOINED))
            shown[f"{label} ({len(shown) + 1})" if label in shown else label] = name
        return shown

    @property
    def current_label(self) -> str:
        """The label of the model that is loaded, or loading."""
        return next(label for label, name in self.labels.items() if name == self._current)

    @property
    def current(self) -> str:
        """The model that is loaded, or loading."""
        return self._current

    def reload_on_change(self, *loadings: Loading[Any]) -> None:
        """Say what to drop and to load anew when another model is chosen."""
        self._loadings = loadings

    def choose(self, name: str) -> None:
        """Drop the model that is loaded and begin to load another one.

        What still runs on the old one comes to its end first; its memory is free then.

        Raises:
            ConfigError: it is none of the names.
        """
        if name not in self.names:
            raise ConfigError(f"{name} is not one of the configured models: choose from the list")
        with self._lock:
            if name == self._current:
                return
            self._current = name
            for loading in self._loadings:
                loading.renew()
            free_memory()
            logger.info("Changing the model to %s", self.current_label)
            for loading in self._loadings:
                loading.start()


def _shown(part: str) -> str:
    path = Path(part.strip()).expanduser()
    return path.name if path.is_absolute() or path.exists() else part.strip()


def free_memory() -> None:
    """Give back what dropped models held, on the host and on the GPU."""
    gc.collect()
    torch = sys.modules.get("torch")  # nobody loaded a model where it is not imported yet
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
