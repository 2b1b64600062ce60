"""All attacks one after the other, each on a server that others use at the same time.

    for row in campaign(folder, short=True): print(row)

Two servers are attacked: one that is open to all, with a log in JSON, and one with a login that
listens everywhere. Each is started for it and ended afterwards; a third one is killed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.attack import (
    bodies,
    borders,
    crowds,
    events,
    files,
    formats,
    leftovers,
    logins,
    logs,
    names,
    tools,
    wire,
)
from benchmarks.attack.attempt import NAME, VICTIM, Attack, FellError, Target
from benchmarks.attack.http_fuzz import fuzz
from benchmarks.attack.served import Served, served
from benchmarks.attack.watch import Waits, Watch, watching
from benchmarks.visitor import QUESTION, Visitor

MARK_SECONDS = 0.1  # what `/healthz` may take on an idle machine
# On a busy one, as much more as it takes without an attack in the same minute.
TIMES_CALM, TIMES_FELL = 2.0, 10.0
CALM_SECONDS = {True: 0.1, False: 1.5}  # before and after each attack
SETTLE_SECONDS = {True: 0.1, False: 1.0}  # what it leaves to be done is still the attack's
KILLED = "killed, and started again"
HELD, SLOWED, FELL = "held", "slowed", "fell"
MODULES = (
    names, crowds, events, bodies, tools, wire, files, formats, logs, borders, leftovers, logins,
)  # fmt: skip
ATTACKS: tuple[Attack, ...] = tuple(attack for module in MODULES for attack in module.ATTACKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of an attack.

    Attributes:
        name: what was tried.
        verdict: held, slowed or fell.
        told: what was seen.
        seconds: how long it took.
        waits: of others meanwhile; None where there was no server to ask.
        calm: the longest wait just before and after it, without an attack.
        through: whether it got through, however quickly.
    """

    name: str
    verdict: str
    told: str
    seconds: float
    waits: Waits | None = None
    calm: float | None = None
    through: bool = False


def limit_of(calm: float) -> float:
    """What `/healthz` may take where it takes so long without an attack, in seconds."""
    return max(MARK_SECONDS, TIMES_CALM * calm)


def verdict_of(waits: Waits, calm: float) -> str:
    """What others noticed of an attack that did not get through."""
    limit = limit_of(calm)
    if waits.worst <= limit:
        return HELD
    return SLOWED if waits.worst <= TIMES_FELL * limit else FELL


def campaign(
    folder: Path, *, short: bool, only: str = "", fuzz_seconds: float = 0.0
) -> Iterator[Row]:
    """Run the attacks whose name has `only` in it; each row as soon as it is known.

    The short form has one server: what it leaves out has tests of its own.
    """
    chosen = [one for one in ATTACKS if only in one.name and (one.brief or not short)]
    open_to_all = [one for one in chosen if not one.login]
    yield from _open_server(folder / "open", open_to_all, short=short, fuzz_seconds=fuzz_seconds)
    if not short:
        yield from _server_with_login(folder / "login", [one for one in chosen if one.login])
    if not short and only in KILLED:
        yield _alone(KILLED, lambda: leftovers.after_a_kill(folder / "killed"))


def _open_server(
    folder: Path, attacks: list[Attack], *, short: bool, fuzz_seconds: float
) -> Iterator[Row]:
    if not (attacks or fuzz_seconds):
        return
    reading = {"MED3DVLM_MAX_SECONDS": str(files.READING_SECONDS[short])}
    settings = files.SETTINGS | reading | {"MED3DVLM_LOG": "json", "MED3DVLM_MCP": "1"}
    with served(folder, **settings) as app, watching(app.url) as watch:
        app.wait_until_ready()
        target = Target(app, short)
        usual = _visited(target, watch)
        yield usual
        assert usual.waits, "somebody watched"
        memory, kept = app.memory_bytes(), len(app.kept())
        yield from _in_turn(attacks, target, watch, usual.waits.worst)
        if fuzz_seconds:
            by_schema = Attack("requests by its own schema", partial(fuzz, seconds=fuzz_seconds))
            yield _attempted(by_schema, target, watch, usual.waits.worst)
        if not short:
            yield _alone(
                "memory and disk a minute after all this",
                lambda: leftovers.back_to_its_level(target, memory, kept),
            )
        yield _alone("errors in the log of the whole run", lambda: _no_errors(app))
    yield _alone("names in the log of the whole run", lambda: _log_of(app))
    yield _alone("stopped", lambda: leftovers.after_a_stop(app))


def _server_with_login(folder: Path, attacks: list[Attack]) -> Iterator[Row]:
    if not attacks:
        return
    folder.mkdir(parents=True)
    (folder / "logins").write_text(logins.login_line(), encoding="utf-8")
    settings = {"MED3DVLM_LOGIN": str(folder / "logins"), "GRADIO_SERVER_NAME": "0.0.0.0"}
    with served(folder, **settings) as app, watching(app.url) as watch:
        app.wait_until_ready()  # loading slows it as well
        yield from _in_turn(attacks, Target(app, short=False), watch, 0.0)
    planted = [line for line in app.log_lines() if NAME in line]
    yield _alone("names in the log with a login", lambda: _none_of(planted))


def _visited(target: Target, watch: Watch) -> Row:
    """An ordinary visit, which slows others as well: the first of a server loads much."""
    begun = time.monotonic()
    with Visitor(target.app.url, address=VICTIM) as visitor:
        visitor.choose("examples")
        visitor.ask(QUESTION)
    waits = watch.since(begun)
    took = time.monotonic() - begun
    return Row(
        name="(one visitor, no attack)", verdict=HELD, told="for comparison", seconds=took,
        waits=waits,
    )  # fmt: skip


def _in_turn(attacks: list[Attack], target: Target, watch: Watch, usual: float) -> Iterator[Row]:
    """Each attack, between two looks at what it takes without one."""
    for attack in attacks:
        yield _attempted(attack, target, watch, usual if attack.visits else 0.0)


def _calm(watch: Watch, *, short: bool) -> float:
    """What it takes without an attack, beside as much work of this process as an attack is."""
    begun = time.monotonic()
    while time.monotonic() - begun < CALM_SECONDS[short]:
        sum(range(1000))
    return watch.since(begun).worst


def _attempted(attack: Attack, target: Target, watch: Watch, usual: float) -> Row:
    before = _calm(watch, short=target.short)
    begun = time.monotonic()
    told, fell = _outcome_of(partial(attack.run, target))
    took = time.monotonic() - begun
    time.sleep(SETTLE_SECONDS[target.short])
    waits = watch.since(begun)
    calm = max(before, _calm(watch, short=target.short), usual)
    verdict = FELL if fell else verdict_of(waits, calm)
    return Row(
        name=attack.name, verdict=verdict, told=told, seconds=took, waits=waits, calm=calm,
        through=fell,
    )  # fmt: skip


def _alone(name: str, check: Callable[[], str]) -> Row:
    begun = time.monotonic()
    told, fell = _outcome_of(check)
    took = time.monotonic() - begun
    verdict = FELL if fell else HELD
    return Row(name=name, verdict=verdict, told=told, seconds=took, through=fell)


def _outcome_of(tried: Callable[[], str]) -> tuple[str, bool]:
    """What it told, and whether it failed."""
    try:
        return tried(), False
    except FellError as error:
        return str(error), True
    except Exception as error:  # noqa: BLE001  (whatever went wrong, the others are still tried)
        return f"{type(error).__name__} {error}", True


def _log_of(app: Served) -> str:
    lines = app.log_lines()
    logs.check_log(lines)
    return f"none in {len(lines)} lines"


def _no_errors(app: Served) -> str:
    return _none_of([line for line in app.log_lines() if '"level": "error"' in line])


def _none_of(lines: list[str]) -> str:
    if lines:
        raise FellError(f"{len(lines)} lines, such as {lines[0][:300]}")
    return "none"
