import pytest

from med3dvlm.errors import CheckpointError
from med3dvlm.hosting.models.fallback import FallbackNotice, load_or_fall_back


def load(name: str) -> str:
    if name != "embedded":
        raise CheckpointError(f"{name} is not here")
    return name


def test_the_embedded_model_takes_the_place_and_the_page_can_say_so() -> None:
    notice = FallbackNotice()
    assert load_or_fall_back(load, "a/b", "embedded", notice=notice, allowed=True) == "embedded"
    assert "a/b could not be loaded" in notice.text


def test_a_model_that_is_there_needs_no_notice() -> None:
    notice = FallbackNotice("of before")
    assert load_or_fall_back(load, "embedded", "embedded", notice=notice, allowed=True)
    assert not notice.text


@pytest.mark.parametrize(("wanted", "allowed"), [("a/b", False), ("broken", False)])
def test_elsewhere_a_wrong_name_is_an_error(wanted: str, allowed: bool) -> None:
    with pytest.raises(CheckpointError, match="not here"):
        load_or_fall_back(load, wanted, "embedded", notice=FallbackNotice(), allowed=allowed)
