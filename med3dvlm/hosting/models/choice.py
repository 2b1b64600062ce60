"""Which configured model is loaded: one at a time, for all visitors; a change frees the old one.

choice = ModelChoice(("embedded", "models/mine"))
model = Loading("The model", lambda tell: load(choice.current, tell))
choice.reload_on_change(model)   # in loading order
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
        """Names by the label that visitors see: for a folder its last part, not its full path."""
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
        """Set what is dropped and loaded again when another model is chosen."""
        self._loadings = loadings

    def choose(self, name: str) -> None:
        """Drop the loaded model and start loading another one.

        Requests still running on the old model finish first; then its memory is freed.

        Raises:
            ConfigError: the name is not configured.
        """
        if name not in self.names:
            raise ConfigError(f"{name} is not a configured model. Choose from the list.")
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
    """Free the memory of dropped models on the host and on the GPU."""
    gc.unfreeze()  # what was kept for good is free to go
    gc.collect()
    torch = sys.modules.get("torch")  # not imported: no model was loaded yet
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
