"""Events of the page, which wait in a queue of their own: more than there is room for."""

import time
from typing import Any

from benchmarks.attack.attempt import ATTACKER, JOIN, OTHER, Attack, Target, at_once, expect
from benchmarks.visitor import Visitor

EXAMPLES = "examples"


def phantoms_without_end(target: Target) -> str:
    """As many phantoms to be made as one visitor can ask for; another opens a scan meanwhile."""
    with (
        Visitor(target.app.url, address=ATTACKER) as attacker,
        Visitor(target.app.url, address=OTHER) as other,
    ):
        alone = _seconds_of_opening(other, 0)
        attacker.choose(EXAMPLES)  # the session keeps what was chosen
        body = _opening(attacker)

        def ask(_: int) -> int:
            return attacker.http.post(JOIN, json=body).status_code

        seen = at_once(4, ask, range(target.of(60, 450)))
        expect(max(seen) <= 503, f"statuses {sorted(set(seen))}")
        waited = _seconds_of_opening(other, 1)
    expect(waited < 5 + 5 * alone, f"the other waited {waited:.1f} s, {alone:.1f} s without them")
    taken = seen.count(200)
    return (
        f"{taken} taken, {len(seen) - taken} refused; the other's scan was open after "
        f"{waited:.1f} s ({alone:.1f} s without)"
    )


def _seconds_of_opening(visitor: Visitor, place: int) -> float:
    begun = time.monotonic()
    visitor.choose(EXAMPLES, place)
    return time.monotonic() - begun


def _opening(visitor: Visitor) -> dict[str, Any]:
    """The event that makes the phantom that was chosen, each time anew."""
    target = [visitor.ids[EXAMPLES], "select"]
    known = visitor.config["dependencies"]
    [picked] = [
        one["id"]
        for one in known
        if target in [list(each) for each in one["targets"]] and one["backend_fn"]
    ]
    [opening] = [
        one
        for one in known
        if one["trigger_after"] == picked and one["backend_fn"] and len(one["inputs"]) == 1
    ]
    return {"fn_index": opening["id"], "session_hash": visitor.session, "data": [None]}


ATTACKS = (Attack("phantoms without end", phantoms_without_end, visits=True),)
