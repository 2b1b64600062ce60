"""The questions that the model was trained on, in its own words.

is_own("Is there a kidney stone?")               # True: it is asked as it is
presence_question("kidney stone")                # "Is there a kidney stone?"
"""

from collections.abc import Iterator
from functools import cache

from med3dvlm.choices import read_choices
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions import wording
from med3dvlm.phantoms.true_report import named
from med3dvlm.phantoms.vocabulary.wishes import Wish

PLANE, PHASE = wording.PLANE_ASKED[1], wording.PHASE_ASKED[0]
REGION, REPORT = wording.REGION_ASKED[0], wording.REPORT_ASKED[0]
# What the model says to it by itself; with letters before them, it takes the last of any real scan.
REGION_ANSWERS = tuple(name.capitalize() for name in (*REGIONS, wording.NO_REGION))
ABNORMALITIES = wording.ABNORMALITIES_ASKED[0]
SIZE = wording.SIZE_ASKED[0]


def presence_question(kind: str) -> str:
    """Whether a finding is there."""
    return named(wording.PRESENCE_ASKED[0], KINDS[kind].names[0])


def place_question(kind: str) -> str:
    """Where a finding is."""
    return named(wording.LOCATION_ASKED[0], KINDS[kind].names[0])


def organ_question(organ: str) -> str:
    """How an organ looks."""
    return wording.STATE_ASKED[0].format(organ=organ)


def region_check(region: str) -> str:
    """Whether a region is shown."""
    return f"Does the scan show the {region}?"


def is_own(question: str) -> bool:
    """Whether the model was trained on this very question, and it stands for itself."""
    return read_choices(question) is not None or question in _own()


def subject_of(question: str) -> Wish | None:
    """What a question in the model's own words asks, if some scans can't show it."""
    return _subjects().get(question)


@cache
def _own() -> frozenset[str]:
    return frozenset((*_subjects(), *_without_subject()))


@cache
def _subjects() -> dict[str, Wish]:
    return dict(_with_subject())


def _with_subject() -> Iterator[tuple[str, Wish]]:
    for kind in KINDS.values():
        organ = Wish(intent="organ", organ=kind.organ)
        yield from ((frame.format(organ=kind.organ), organ) for frame in wording.STATE_ASKED)
        there, where = (Wish(intent=intent, kind=kind.name) for intent in ("presence", "place"))
        for name in kind.names:
            yield from ((named(frame, name), there) for frame in wording.PRESENCE_ASKED)
            yield from ((named(frame, name), where) for frame in wording.LOCATION_ASKED)
            yield from ((f"Is the {name} located here: {p}?", where) for p in kind.places)

    yield from ((frame, Wish(intent="phase")) for frame in wording.PHASE_ASKED)
    for phase in PHASES:
        yield f"Is this the {phase} phase?", Wish(intent="phase check", value=phase)
    for frame in (*wording.ORGANS_ASKED, *wording.ABNORMALITIES_ASKED):
        yield frame, Wish(intent="what is shown")


def _without_subject() -> Iterator[str]:
    for frames in (wording.PLANE_ASKED, wording.REGION_ASKED, wording.REPORT_ASKED):
        yield from frames
    yield from (f"Was this scan acquired in the {plane} plane?" for plane in PLANES)
    yield from map(region_check, REGIONS)
