"""All attacks one after the other, each on a server that others use at the same time.

    for row in campaign(folder, short=True): print(row)

Two servers are attacked: one that is open to all, with a log in JSON, and one with a login that
listens everywhere. Each is started for it and ended afterwards; a third one is killed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.attack import bodies, borders, files, leftovers, logins, logs, names
from benchmarks.attack.attempt import NAME, Attack, FellError, Target
from benchmarks.attack.served import Served, served
from benchmarks.attack.watch import Waits, Watch, watching

MARK_SECONDS = 0.1  # what `/healthz` may take
GIVEN_UP_SECONDS = 10.0  # a server that nobody hears of for longer has fallen
CALM_SECONDS = {True: 2.0, False: 10.0}
HELD, SLOWED, FELL = "held", "slowed", "fell"
MODULES = (names, bodies, files, logs, borders, leftovers, logins)
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
    """

    name: str
    verdict: str
    told: str
    seconds: float
    waits: Waits | None = None


def verdict_of(waits: Waits) -> str:
    """What others noticed of an attack that did not get through."""
    if waits.worst < MARK_SECONDS:
        return HELD
    return SLOWED if waits.worst < GIVEN_UP_SECONDS else FELL


def campaign(folder: Path, *, short: bool, only: str = "") -> Iterator[Row]:
    """Run the attacks whose name has `only` in it; each row as soon as it is known."""
    chosen = [one for one in ATTACKS if only in one.name and (one.brief or not short)]
    yield from _open_server(folder / "open", [one for one in chosen if not one.login], short=short)
    yield from _server_with_login(
        folder / "login", [one for one in chosen if one.login], short=short
    )
    if not (only or short):
        yield _alone("killed, and started again", lambda: leftovers.after_a_kill(folder / "killed"))


def _open_server(folder: Path, attacks: list[Attack], *, short: bool) -> Iterator[Row]:
    if not attacks:
        return
    reading = {"MED3DVLM_MAX_SECONDS": str(files.READING_SECONDS[short])}
    settings = files.SETTINGS | reading | {"MED3DVLM_LOG": "json"}
    with served(folder, **settings) as app, watching(app.url) as watch:
        app.wait_until_ready()
        yield _calm(watch, short=short)
        memory, kept = app.memory_bytes(), len(app.kept())
        target = Target(app, short)
        for attack in attacks:
            yield _attempted(attack, target, watch)
        if not short:
            yield _alone(
                "memory and disk a minute after all this",
                lambda: leftovers.back_to_its_level(target, memory, kept),
            )
        yield _alone("errors in the log of the whole run", lambda: _no_errors(app))
    yield _alone("names in the log of the whole run", lambda: _log_of(app))
    yield _alone("stopped", lambda: leftovers.after_a_stop(app))


def _server_with_login(folder: Path, attacks: list[Attack], *, short: bool) -> Iterator[Row]:
    if not attacks:
        return
    folder.mkdir(parents=True)
    (folder / "logins").write_text(logins.login_line(), encoding="utf-8")
    settings = {"MED3DVLM_LOGIN": str(folder / "logins"), "GRADIO_SERVER_NAME": "0.0.0.0"}
    with served(folder, **settings) as app, watching(app.url) as watch:
        target = Target(app, short)
        for attack in attacks:
            yield _attempted(attack, target, watch)
    planted = [line for line in app.log_lines() if NAME in line]
    yield _alone("names in the log with a login", lambda: _none_of(planted))


def _calm(watch: Watch, *, short: bool) -> Row:
    begun = time.monotonic()
    time.sleep(CALM_SECONDS[short])
    waits = watch.since(begun)
    took = time.monotonic() - begun
    return Row(name="(no attack)", verdict=HELD, told="for comparison", seconds=took, waits=waits)


def _attempted(attack: Attack, target: Target, watch: Watch) -> Row:
    begun = time.monotonic()
    try:
        told = attack.run(target)
        fell = False
    except Exception as error:  # noqa: BLE001  (whatever went wrong, the others are still tried)
        told, fell = f"{'' if isinstance(error, FellError) else type(error).__name__} {error}", True
    took = time.monotonic() - begun
    waits = watch.since(begun)
    verdict = FELL if fell else verdict_of(waits)
    return Row(name=attack.name, verdict=verdict, told=told.strip(), seconds=took, waits=waits)


def _alone(name: str, check: Callable[[], str]) -> Row:
    begun = time.monotonic()
    try:
        told, verdict = check(), HELD
    except FellError as error:
        told, verdict = str(error), FELL
    return Row(name=name, verdict=verdict, told=told, seconds=time.monotonic() - begun)


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
