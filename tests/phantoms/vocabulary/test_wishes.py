"""Questions in visitors' words: complete, grammatical in number, apart by split."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions.wording import PRESENCE_ASKED
from med3dvlm.phantoms.vocabulary.disguise import (
    AFTER,
    BEFORE,
    STORIES,
    disguised,
    slipped,
    without_articles,
)
from med3dvlm.phantoms.vocabulary.frames.base import TRAINING, Frames
from med3dvlm.phantoms.vocabulary.frames.direct import DIRECT
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS, SPLITS, read_term
from med3dvlm.phantoms.vocabulary.names.all import ORGAN_NAMES
from med3dvlm.phantoms.vocabulary.wishes import (
    INTENT_FRAMES,
    THEN_FRAMES,
    TONE_FRAMES,
    UNTAUGHT_VALUES,
    Intent,
    Voice,
    Wish,
    filled,
    worded,
)

ALL_FRAMES: list[Frames] = [
    *INTENT_FRAMES.values(), *THEN_FRAMES.values(), *TONE_FRAMES.values(), *DIRECT.values(),
    *(frames for frames, _ in UNTAUGHT_VALUES.values()),
]  # fmt: skip
CHECKS: dict[Intent, tuple[str, ...]] = {
    "plane check": PLANES, "phase check": PHASES, "region check": REGIONS,
}  # fmt: skip


# At least so many training frames for each kind of question, and more for some.
FEWEST = 120
FEWEST_OF: dict[Intent, int] = {"presence": 250, "small talk": 250}
FEWEST_UNTAUGHT = {"question": 400, "language": 200}
MOST_ALIKE = 0.8
ROOT = Path(__file__).resolve().parents[3]


def pieces(text: str) -> set[str]:
    """Letters in threes, so that sentences with other endings or marks are alike."""
    padded = f"  {re.sub('[^a-z0-9{} ]', '', text.lower()) or text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def wishes() -> list[Wish]:
    """One of each intent, about each thing that it can be about."""
    made = [Wish(intent=i, kind=k, side="left") for k in KINDS for i in
            ("presence", "side check", "place", "size", "count", "more than one")]  # fmt: skip
    made += [Wish(intent="organ", organ=o, tone=t) for o in ORGAN_NAMES
             for t in ("well", "ill", "open")]  # fmt: skip
    made += [Wish(intent=i, value=value) for i, values in CHECKS.items() for value in values]
    made += [Wish(intent="untaught", value=value) for value in UNTAUGHT_VALUES]
    made += [
        Wish(intent="any abnormality", tone="well"),
        Wish(intent="any abnormality", tone="ill"),
    ]
    plain = set(get_args(Intent)) - {wish.intent for wish in made}
    made += [Wish(intent=intent) for intent in sorted(plain)]
    made += [Wish(intent=i, kind="gallstone", side="left", leans=True) for i in THEN_FRAMES]
    return made


@pytest.mark.parametrize("split", SPLITS)
def test_every_wish_can_be_said_in_every_split(split: str) -> None:
    rng = np.random.default_rng(0)
    for wish in wishes():
        for _ in range(4):
            made = worded(rng, wish, Voice(split=split))
            assert made.text.strip()
            assert not re.search(r"[{}]", made.text), made


def test_the_splits_share_no_sentence() -> None:
    for frames in ALL_FRAMES:
        lines = [
            line.lower().rstrip("?.! ") or line for split in SPLITS for line in frames.of(split)
        ]
        assert len(set(lines)) == len(lines), [x for x in lines if lines.count(x) > 1]
        assert all(frames.of(split) for split in SPLITS)


def test_no_training_frame_nearly_says_a_held_out_one() -> None:
    close = []
    for frames in [*ALL_FRAMES, BEFORE, AFTER, STORIES]:
        held = [pieces(line) for split in ("validation", "test") for line in frames.of(split)]
        for line in frames.of("training"):
            mine = pieces(line)
            if any(len(mine & other) / len(mine | other) > MOST_ALIKE for other in held):
                close.append(line)
    assert close == []


def test_training_asks_in_many_ways() -> None:
    for intent, frames in INTENT_FRAMES.items():
        assert len(frames.of("training")) >= FEWEST_OF.get(intent, FEWEST), intent
    for wanted, frames in [*THEN_FRAMES.items(), *TONE_FRAMES.items()]:
        assert len(frames.of("training")) >= FEWEST, wanted
    for value, (frames, _) in UNTAUGHT_VALUES.items():
        assert len(frames.of("training")) >= FEWEST_UNTAUGHT.get(value, FEWEST), value


def test_the_wheel_has_every_training_file_and_each_is_read() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = packaged["package-data"]["med3dvlm"]
    shipped = {path for pattern in patterns for path in (ROOT / "med3dvlm").glob(pattern)}
    read = {line for frames in [*ALL_FRAMES, BEFORE, AFTER, STORIES] for line in
            frames.of("training")}  # fmt: skip
    for path in TRAINING.rglob("*.txt"):
        assert path in shipped
        assert set(path.read_text(encoding="utf-8").splitlines()) <= read, path


def test_other_frames_are_none_of_those_that_training_asks_in() -> None:
    own = {frame.replace("a {name}", "{a}").lower() for frame in PRESENCE_ASKED}
    assert not own & {frame.lower() for split in ("validation", "test")
                      for frame in INTENT_FRAMES["presence"].of(split)}  # fmt: skip


@pytest.mark.parametrize("register", REGISTERS)
def test_a_register_is_spoken_when_it_is_asked_for(register: str) -> None:
    rng = np.random.default_rng(1)
    for kind in KINDS:
        voice = Voice(split="test", registers=(register,), own_frames=True)
        assert worded(rng, Wish(intent="presence", kind=kind), voice).register == register


def test_a_frame_agrees_with_its_noun() -> None:
    rng = np.random.default_rng(2)
    many, one = (read_term(t, "lay", "test") for t in ("many stones", "a stone"))
    assert (
        filled(rng, "{Is} there {a}? Where {is} {it}?", many) == "Are there stones? Where are they?"
    )
    assert filled(rng, "{Is} there {a}? Where {is} {it}?", one) == "Is there a stone? Where is it?"
    assert filled(rng, "Do{es} it show {a} on the {side}?", one, side="left").endswith(
        "on the left?"
    )


def test_a_slip_changes_one_long_word_a_little() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        made = slipped(rng, "Is there pneumothorax?")
        assert made != "Is there pneumothorax?"
        assert abs(len(made) - len("Is there pneumothorax?")) <= 1
        assert made[0] == "I"
    assert slipped(rng, "Any SPN?") == "Any SPN?"


def test_notes_leave_articles_out() -> None:
    assert without_articles("Is there a stone in the kidney?") == "Is there stone in kidney?"


def test_disguises_leave_the_words_of_the_question_in_most_cases() -> None:
    rng = np.random.default_rng(4)
    made = [disguised(rng, "Is there a gallstone?", split="test") for _ in range(400)]
    kept = sum("gallstone" in text.lower() for text in made)
    assert 0.85 < kept / 400 < 1
    assert len(set(made)) > 20
    assert 0.3 < sum(text == "Is there a gallstone?" for text in made) / 400 < 0.7
