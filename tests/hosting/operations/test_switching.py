"""Requests are answered beside threads that compute."""

import sys

import pytest

from med3dvlm.hosting.operations.switching import TURN_SECONDS, switch_often


def test_a_thread_that_waits_gets_its_turn_within_a_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beside three busy threads `/healthz` took 200 ms; docs/lab-log.md has the measurement."""
    told: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", told.append)
    switch_often()
    assert told == [TURN_SECONDS]
    assert sys.getswitchinterval() / 10 >= TURN_SECONDS
