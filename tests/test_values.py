"""Configuration values to JSON and back."""

from dataclasses import dataclass, field

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.model.vlm import VLMConfig
from med3dvlm.values import from_dict, from_json, to_json
from train.data.phantoms.cache import GRID
from train.recipes.m3d import sample_recipe
from train.recipes.phantom import (
    phantom_dual_encoder,
    phantom_encoder,
    phantom_language,
    phantom_projector,
    smoke_recipe,
)


@dataclass(frozen=True, kw_only=True)
class Inner:
    width: int
    name: str = "inner"


@dataclass(frozen=True, kw_only=True)
class Outer:
    grid: tuple[int, int, int]
    parts: tuple[Inner, ...]
    inner: Inner | None = None
    facts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.grid) < 1:
            raise ConfigError(f"an empty grid: {self.grid}")


OUTER = Outer(
    grid=(1, 2, 3), parts=(Inner(width=1), Inner(width=2, name="b")), inner=Inner(width=3),
    facts={"seed": "0"},
)  # fmt: skip

VLM = VLMConfig(
    encoder=phantom_encoder(), projector=phantom_projector(), language=phantom_language(),
    grid=GRID, placeholder_id=3,
)  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        OUTER,
        Outer(grid=(1, 1, 1), parts=()),
        VLM,
        phantom_dual_encoder(),
        smoke_recipe(),
        sample_recipe(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_comes_back_equal(value: object) -> None:
    again = from_json(type(value), to_json(value))
    assert again == value
    assert hash(repr(again)) == hash(repr(value)), "tuples are tuples again, not lists"


@dataclass(frozen=True, kw_only=True)
class Choice:
    part: Inner | Outer


@pytest.mark.parametrize("part", [Inner(width=1), OUTER], ids=["first", "second"])
def test_of_two_kinds_the_one_with_these_keys_is_read(part: Inner | Outer) -> None:
    """Rows of phantoms and of M3D data are two kinds of one field."""
    assert from_json(Choice, to_json(Choice(part=part))) == Choice(part=part)
    with pytest.raises(ConfigError, match="unknown key 'colour'"):
        from_dict(Choice, {"part": {"colour": 1}})


def test_what_is_left_out_takes_its_default() -> None:
    assert from_dict(Outer, {"grid": [1, 2, 3], "parts": []}).inner is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Outer: not valid JSON"),
        ("[]", "Outer needs an object, got list"),
        ('{"grid": [1, 2, 3]}', "Outer: missing key 'parts'"),
        ('{"grid": [1, 2, 3], "parts": [], "color": 1}', "Outer: unknown key 'color'"),
        ('{"grid": [1, 2, 3], "parts": [{}]}', "Inner: missing key 'width'"),
        ('{"grid": [1, 2, 3], "parts": [5]}', "Inner needs an object, got int"),
        ('{"grid": [1, 2, 3], "parts": [], "inner": {"wide": 1}}', "Inner: unknown key 'wide'"),
        ('{"grid": [1, 2], "parts": []}', "3 values are needed"),
        ('{"grid": [1, 2, 0], "parts": []}', "an empty grid"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        from_json(Outer, text)


def test_a_model_is_checked_as_a_whole() -> None:
    text = to_json(VLM).replace('"width": 192', '"width": 191')
    with pytest.raises(ConfigError, match="the projector ends at width 192"):
        from_json(VLMConfig, text)
