"""What one visitor has open, in `gr.State`; no other visitor's handler sees them.

    session = session_states()
    box.submit(ask, [box, session.scan, session.conversations], ...)

There are three states, each written by one kind of event, so that a slow handler never overwrites
what a quick one has changed since: opening a scan writes `scan`, encoding writes `encoded`, and
chatting changes `conversations`. The digest shows whether a value belongs to another scan.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import gradio as gr

from med3dvlm.engine.dialogue import Dialogue, Exchange
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import PromptError
from med3dvlm.ui.page.looks import Looks
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

# Unused values are dropped after this time; a large scan takes a lot of memory.
LIFETIME_SECONDS = 2 * 3600
KEPT_CONVERSATIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """The scan in the viewer.

    Attributes:
        volume: its voxels.
        name: the file's name; it may contain a person's name, so it is shown and never stored.
        seed: seed of a phantom; None for a visitor's own scan.
        window: grey scale to start with; None leaves it to the viewer.
        center: voxel `(z, y, x)` to start at.
        choice: how it is prepared for the model.
        credit: whose scan it is and on what terms, for one that comes with the app.
        card: key of the card that opens it, for one that comes with the app.
        looks: what the viewer was told of it; a copy of the scan begins anew.
    """

    volume: Volume
    name: str
    seed: int | None = None
    window: Window | None = None
    center: tuple[float, float, float] | None = None
    choice: InputChoice = AS_TRAINED
    credit: str = ""
    card: str = ""
    looks: Looks = field(default_factory=Looks, init=False, repr=False)

    @property
    def about(self) -> tuple[str, InputChoice]:
        """What a task is about that works on this scan, as it is prepared for the model."""
        return self.volume.digest, self.choice


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Features, with the digest, preparation and model that they were made from."""

    digest: str
    features: VolumeFeatures
    choice: InputChoice = AS_TRAINED
    model: str = ""

    def of(self, scan: Scan | None) -> VolumeFeatures | None:
        """The features, if they belong to this scan and its preparation."""
        if scan is None or (scan.volume.digest, scan.choice) != (self.digest, self.choice):
            return None
        return self.features


class Conversations:
    """The conversation about each scan of this visit, by digest, the latest last.

    Events of one page run at the same time: a question is taken while the one before is answered.
    So this is one object that they all change, each its own exchange, and no copy of one event
    takes the place of what another has written.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_digest: dict[str, Dialogue] = {}

    def __deepcopy__(self, memo: object) -> "Conversations":
        return Conversations()  # Gradio copies the first value for every visit

    def of(self, scan: Scan | None) -> Dialogue:
        """The dialogue about a scan; empty for a new scan."""
        if scan is None:
            return Dialogue()
        return self._by_digest.get(scan.volume.digest, Dialogue())

    def change(self, scan: Scan, how: Callable[[Dialogue], Dialogue]) -> Dialogue:
        """The dialogue about a scan after a change, which nothing comes between."""
        with self._lock:
            changed = how(self.of(scan))
            self._by_digest.pop(scan.volume.digest, None)
            self._by_digest[scan.volume.digest] = changed
            while len(self._by_digest) > KEPT_CONVERSATIONS:
                self._by_digest.pop(next(iter(self._by_digest)))
            return changed

    def swap(self, scan: Scan, old: Exchange, new: Exchange) -> Dialogue | None:
        """The dialogue with one exchange replaced; None if that is no longer there as it was."""
        found: list[int] = []

        def swapped(now: Dialogue) -> Dialogue:
            found.extend(i for i, exchange in enumerate(now.exchanges) if exchange is old)
            return now.with_exchange(found[0], new) if found else now

        changed = self.change(scan, swapped)
        return changed if found else None


class SessionStates(NamedTuple):
    """The Gradio components that hold a `Scan`, an `Encoded` and `Conversations`."""

    scan: gr.State
    encoded: gr.State
    conversations: gr.State


def session_states() -> SessionStates:
    """Empty states of one page."""
    return SessionStates(
        scan=gr.State(None, time_to_live=LIFETIME_SECONDS),
        encoded=gr.State(None, time_to_live=LIFETIME_SECONDS),
        conversations=gr.State(Conversations(), time_to_live=LIFETIME_SECONDS),
    )


def opened(scan: Scan | None) -> Scan:
    """The open scan.

    Raises:
        PromptError: no scan is open.
    """
    if scan is None:
        raise PromptError(
            "Open a scan first: drop a file or choose an example. (The app closes a scan after "
            f"{LIFETIME_SECONDS // 3600} hours without a question.)"
        )
    return scan


def features_of(encoded: Encoded | None, scan: Scan) -> VolumeFeatures:
    """The features that the previous event must have made.

    Raises:
        PromptError: there are none for this scan.
    """
    features = encoded.of(scan) if encoded else None
    if features is None:
        raise PromptError("The model has not read this scan. Open it again.")
    return features
