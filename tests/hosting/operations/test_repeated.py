"""Nobody fills the disk by the log."""

import io
import logging

import pytest

from med3dvlm.hosting.operations.logs import LogFormatter
from med3dvlm.hosting.operations.repeated import A_MINUTE, FewOfAKind
from tests.hosting.conftest import Clock


@pytest.fixture
def lines(clock: Clock) -> tuple[logging.Logger, io.StringIO]:
    logger, told = logging.Logger("med3dvlm.here"), io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(LogFormatter())
    handler.addFilter(FewOfAKind(clock=clock))
    logger.addHandler(handler)
    return logger, told


def test_broken_requests_do_not_fill_the_disk(
    lines: tuple[logging.Logger, io.StringIO], clock: Clock
) -> None:
    """Each left a line, some thousands a second from one machine; no limit came before that."""
    logger, told = lines
    for _ in range(1000):
        logger.warning("broken")
    logger.warning("something else")
    assert told.getvalue().split("\n") == ["broken"] * A_MINUTE + ["something else", ""]
    clock.now += 61
    for _ in range(2):
        logger.warning("broken")  # from another place
    assert told.getvalue().endswith("something else\nbroken\nbroken\n")


def test_what_was_left_out_is_counted(
    lines: tuple[logging.Logger, io.StringIO], clock: Clock
) -> None:
    logger, told = lines
    for number in range(A_MINUTE + 6):
        clock.now += 61 * (number == A_MINUTE + 5)
        logger.warning("broken")
    assert told.getvalue().endswith("broken\nbroken (5 more before it were left out)\n")


def test_another_error_of_the_same_place_is_said(
    lines: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, told = lines

    def fail(number: int) -> None:
        try:
            if number == A_MINUTE:
                raise ValueError
            raise KeyError
        except (ValueError, KeyError) as error:
            logger.error("a request failed", exc_info=error)  # noqa: TRY400

    for number in range(A_MINUTE + 3):
        fail(number)
    assert told.getvalue().count("KeyError") == A_MINUTE
    assert told.getvalue().count("ValueError") == 1
