"""Names of sessions are not free."""

import random
from collections import Counter
from contextlib import suppress

import pytest

from med3dvlm.hosting.gate.rate_limits import VisitorLimits
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.sessions import (
    ADDRESS,
    ALL,
    LONGEST_NAME,
    VISITOR,
    Room,
    Sessions,
)
from tests.hosting.conftest import ANNA, BEN, Clock, GuardedApp

JOIN, DATA = "/gradio_api/queue/join", "/gradio_api/queue/data"
ELSEWHERE = ("10.0.0.8", 1)


def test_invented_cookies_do_not_make_visitors(guarded: GuardedApp) -> None:
    """170 invented cookies with 24 names each filled the list of sessions for two hours."""
    answers = [
        guarded.post(JOIN, {"session_hash": f"s{n}"}, headers={"cookie": f"med3dvlm={word}"})
        for n, word in enumerate("abcdefghijklmnopqrstuvwxyzABCDEF")
    ]
    assert [answer.status_code for answer in answers].count(200) == 24


def test_a_cookie_with_another_seal_is_replaced(guarded: GuardedApp) -> None:
    forged = f"{ANNA}.{'0' * 32}"
    given = guarded.ask("GET", "/", headers={"cookie": f"med3dvlm={forged}"}).headers["set-cookie"]
    value = given.partition(";")[0]
    assert forged not in given
    assert "set-cookie" not in guarded.ask("GET", "/", headers={"cookie": value}).headers
    assert VisitorLimits().sign("a") != VisitorLimits().sign("a"), "each server has its secret"


def test_one_address_cannot_fill_the_list_with_new_cookies(guarded: GuardedApp) -> None:
    for number in range(200):
        guarded.ownership.sessions.claim(
            f"s{number}", f"visitor {number}", address=guarded.address()
        )
    refused = guarded.ask("GET", f"{DATA}?session_hash=more", cookie=ANNA)
    assert refused.status_code == 429
    assert "come back" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "120"
    assert guarded.ask("GET", f"{DATA}?session_hash=b", cookie=BEN, client=ELSEWHERE).is_success


def test_what_never_opened_anything_is_forgotten_in_a_minute(guarded: GuardedApp) -> None:
    guarded.post(JOIN, {"session_hash": "idle", "data": []}, cookie=ANNA)
    guarded.post(JOIN, {"session_hash": "page", "data": []}, cookie=ANNA)
    guarded.ownership.sessions.enter("page")
    guarded.clock.now += 61
    guarded.ownership.sweep()
    assert "idle" not in guarded.ownership.sessions
    assert guarded.ownership.sessions.is_open("page")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/queue/status?session_hash=new"),
        ("GET", "/?session_hash=new"),
        ("GET", "/config?session_hash=new"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/anything"),
    ],
)
def test_only_a_stream_or_an_event_makes_a_session(
    guarded: GuardedApp, method: str, path: str
) -> None:
    body = {"content": b'{"session_hash": "new"}'} if method == "POST" else {}
    assert guarded.ask(method, path, cookie=ANNA, **body).status_code == 404
    assert not guarded.app.seen, "Gradio would have made a state for it"
    assert len(guarded.ownership.sessions) == 0


def test_progress_of_an_upload_is_told_to_its_visitor_alone(guarded: GuardedApp) -> None:
    """It tells the file's name."""
    guarded.ask("POST", "/gradio_api/upload?upload_id=secret", cookie=ANNA, content=b"")
    path = "/gradio_api/upload_progress?upload_id=secret"
    assert guarded.ask("GET", path, cookie=BEN).status_code == 403
    assert guarded.ask("GET", path, cookie=ANNA).status_code == 200


def test_an_upload_that_ended_does_not_end_its_visit(guarded: GuardedApp) -> None:
    scan = guarded.file("1/scan.nii")
    guarded.ownership.grant(guarded.tag(ANNA), str(scan))
    guarded.ask("POST", "/gradio_api/upload?upload_id=1", cookie=ANNA, content=b"")
    guarded.clock.now += 61
    guarded.ownership.sweep()
    guarded.ownership.check_file(guarded.tag(ANNA), str(scan))


def test_neighbours_in_an_ipv6_network_are_one_address(guarded: GuardedApp) -> None:
    addresses = {guarded.address((f"2001:db8::{n}", 1)) for n in range(3)}
    assert len(addresses) == 1
    assert guarded.address(("2001:db8:0:1::1", 1)) not in addresses
    assert guarded.address(("testclient", 1)) != guarded.address(("10.0.0.1", 1))


@pytest.mark.parametrize(
    ("room", "status"), [(Room(left=1), 429), (Room(all=1), 503), (Room(visitor=1), 429)]
)
def test_each_kind_of_room_is_bounded(room: Room, status: int) -> None:
    sessions = Sessions(room, forget_seconds=60, clock=Clock())
    sessions.claim("a", "anna", address="here")
    if room.left == 1:
        sessions.leave("a")
    with pytest.raises(RefusedError) as refused:
        sessions.claim("b", "anna", address="here")
    assert refused.value.status == status


def test_a_name_without_end_is_refused() -> None:
    with pytest.raises(RefusedError):
        Sessions(Room(), forget_seconds=1).claim("x" * (LONGEST_NAME + 1), "anna")


def test_pages_are_counted_as_they_come_and_go() -> None:
    """Each new page looked six times at all that are known; its slow twin counts them all here."""
    chance, clock = random.Random(7), Clock()
    sessions = Sessions(Room(visitor=5, address=9, all=14, left=4), forget_seconds=60, clock=clock)
    for _ in range(3000):
        name = chance.randrange(40)
        with suppress(RefusedError):
            sessions.claim(f"s{name}", f"v{name % 6}", address=f"a{name % 3}")
        (sessions.enter, sessions.leave)[chance.randrange(2)](f"s{chance.randrange(40)}")
        clock.now += chance.random() * 4
        sessions.forget_ended()
        for gone, counts in enumerate(sessions._counts):
            known = [one for one in sessions._known.values() if (one.left is not None) == gone]
            names = [f"{ADDRESS}{one.address}" for one in known]
            names += [f"{VISITOR}{one.visitor}" for one in known] + [ALL] * len(known)
            assert counts == Counter(names)
