from typing import Any

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.ui.api_values import LONGEST_TEXT, number, text_of, whole_number

STRANGE: list[Any] = [None, [], {}, {"path": "x"}, b"x", object()]


def test_ordinary_values_pass() -> None:
    assert text_of("  Is there a stone? ", "question") == "Is there a stone?"
    assert number(1, "top_p") == 1.0
    assert number(0.5, "top_p") == 0.5
    assert whole_number(3.0, "count", least=1, most=5) == 3


@pytest.mark.parametrize("value", [*STRANGE, 7, True, "", "  ", "x" * (LONGEST_TEXT + 1)])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(PromptError):
        text_of(value, "question")


@pytest.mark.parametrize(
    "value", [*STRANGE, "1", True, float("nan"), float("inf"), -float("inf"), 10**400]
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(PromptError, match="top_p"):
        number(value, "top_p")
    with pytest.raises(PromptError, match="top_p"):
        whole_number(value, "top_p", least=1, most=5)


@pytest.mark.parametrize("value", [0, 6, 1.5, -1, 2**70])
def test_a_number_out_of_bounds_is_refused(value: Any) -> None:
    with pytest.raises(PromptError, match="from 1 to 5"):
        whole_number(value, "count", least=1, most=5)
