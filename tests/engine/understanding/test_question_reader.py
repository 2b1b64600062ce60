"""Labels and names become a wish."""

from types import SimpleNamespace
from typing import cast

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.understanding.asked_alone import (
    alone_in_place,
    meant_alone,
    side_named,
    stands_alone,
)
from med3dvlm.engine.understanding.lexicon import Found, Lexicon, Sort
from med3dvlm.engine.understanding.question_reader import (
    AGREED,
    QuestionReader,
    Reading,
    decided,
    elsewhere,
    in_full,
    likeliest,
    with_others,
)
from med3dvlm.model.reader import LoadedReader, load_reader
from med3dvlm.phantoms.vocabulary.wishes import Wish

ALONE: list[tuple[Sort, str]] = [
    ("kind", "gallstone"), ("organ", "liver"), ("untaught", ""), ("value", "arterial"),
    ("value", "chest"),
]  # fmt: skip
SHARES = {
    "intent": {"presence": 0.6, "untaught": 0.35, "organ": 0.05},
    "kind": {"": 0.3, "gallstone": 0.5, "liver cyst": 0.2},
    "organ": {"": 0.9, "liver": 0.1},
    "side": {"": 1.0, "left": 0.0},
    "tone": {"open": 0.4, "well": 0.6},
}


def with_intent(**shares: float) -> dict[str, dict[str, float]]:
    return SHARES | {"intent": shares}


def test_the_likeliest_labels_make_the_wish() -> None:
    reading = decided(SHARES, [])
    assert (reading.wish.intent, reading.wish.kind) == ("presence", "gallstone")
    assert 0.25 < reading.certainty < 0.35


def test_a_known_name_overrules_the_network() -> None:
    reading = decided(SHARES, [Found("kind", "liver cyst", 0, 10)])
    assert reading.wish.kind == "liver cyst"
    assert reading.certainty > 0.5


def test_a_known_finding_is_not_untaught_unless_the_question_clearly_is() -> None:
    found = [Found("kind", "liver cyst", 0, 10)]
    assert decided(with_intent(presence=0.4, untaught=0.6), found).wish.intent == "presence"
    assert decided(with_intent(presence=0.05, untaught=0.95), found).wish.intent == "untaught"


def test_a_name_of_something_untaught_is_refused() -> None:
    assert decided(SHARES, [Found("untaught", "", 0, 4)]).wish.intent == "untaught"


def test_an_organ_question_has_an_organ() -> None:
    wish = decided(with_intent(organ=1.0), []).wish
    assert (wish.organ, wish.tone) == ("liver", "well")


def test_only_a_finding_may_be_left_to_what_came_before() -> None:
    assert likeliest("kind", {"": 0.6, "gallstone": 0.4})[0] == ""
    assert likeliest("kind", {"": 0.4, "gallstone": 0.3})[0] == "gallstone"
    assert likeliest("side", {"": 0.9, "left": 0.1})[0] == "left"


def test_what_else_a_name_could_mean_is_kept_unless_the_name_is_known() -> None:
    rivals = decided(SHARES, []).others
    assert [wish.kind for wish in rivals] == ["liver cyst"]
    assert decided(SHARES, [Found("kind", "liver cyst", 0, 10)]).others == ()


def test_a_name_alone_is_asked_about() -> None:
    name = Found("kind", "gallstone", 4, 14)
    assert stands_alone("any gallstones?", name)
    assert not stands_alone("the gallstones hurt", name)
    assert not stands_alone("thx", Found("value", "chest", 0, 3))
    meant = [meant_alone(Found(sort, name, 0, 1)) for sort, name in ALONE]
    assert [wish.intent for wish in meant] == [
        "presence", "organ", "untaught", "phase check", "region check",
    ]  # fmt: skip


def test_an_organ_to_be_checked_and_a_phase_of_a_scan_stand_alone() -> None:
    """ "Check liver, spleen and kidneys" left out the spleen, as "check spleen" was not taught."""
    assert stands_alone("check spleen", Found("organ", "spleen", 6, 12))
    assert stands_alone("native scan?", Found("value", "non-contrast", 0, 6))
    assert not stands_alone("measure spleen", Found("organ", "spleen", 8, 14))


def test_right_at_the_end_is_a_side_behind_an_article_and_else_asks_to_agree() -> None:
    """ "Is there an effusion on the right?" lost its side and was taken for a report."""
    for text in ("an effusion on the right?", "is it in the left or right?"):
        assert side_named(AGREED.sub("", text))
    for text in ("no effusion, right?", "this is axial right?"):
        assert not side_named(AGREED.sub("", text))


def test_a_finding_and_its_part_need_no_verb() -> None:
    """ "Lytic lesion R ilium?" asked how the pelvic bone looks."""
    found = [Found("kind", "lytic bone lesion", 0, 12), Found("organ", "pelvic bone", 15, 20)]
    meant = Wish(intent="presence", kind="lytic bone lesion")
    assert alone_in_place("lytic lesion R ilium?", found) == meant
    assert alone_in_place("lytic lesion is ilium normal?", found) is None
    assert alone_in_place("lytic lesion R ilium?", found[:1]) is None


def test_a_general_word_is_read_with_all_that_it_means() -> None:
    reading = Reading(Wish(intent="presence", kind="kidney stone"), 1.0)
    stones = Found("kind", "kidney stone", 4, 10, ("gallstone",))
    assert with_others(reading, [stones]).others == (Wish(intent="presence", kind="gallstone"),)
    assert with_others(reading, [stones]).every
    assert with_others(reading, [Found("kind", "kidney stone", 4, 10)]) == reading


def test_a_finding_named_without_an_organ_is_no_question_about_an_organ() -> None:
    shares = with_intent(organ=0.6, presence=0.4, untaught=0.0)
    assert decided(shares, [Found("kind", "liver cyst", 0, 10)]).wish.intent == "presence"


def test_abbreviations_are_written_out() -> None:
    assert in_full("any PTX?", [Found("kind", "pneumothorax", 4, 7)]) == "any pneumothorax?"
    assert in_full("a cyst", [Found("organ", "liver", 2, 6)]) == "a cyst"


class Words:
    """A tokenizer that knows no words."""

    def get_vocab(self) -> dict[str, int]:
        return {}


def reader(**kinds: float) -> tuple[QuestionReader, list[str]]:
    """A reader whose network always says the same, and what that was asked."""
    made = QuestionReader(cast("LoadedReader", SimpleNamespace(tokenizer=Words())), Lexicon())
    asked: list[str] = []

    def shares(text: str) -> dict[str, dict[str, float]]:
        asked.append(text)
        named = {name.replace("_", " "): share for name, share in kinds.items()}
        return {"kind": {"": 0.5, **named}}

    made._shares = shares  # type: ignore[method-assign]
    return made, asked


def test_a_few_words_are_read_as_a_question_for_presence() -> None:
    """Searches such as "false hip" were read as small talk or as untaught, and so not at all."""
    made, asked = reader(hip_prosthesis=0.45)
    assert made.described("false hippie") == "hip prosthesis"
    assert asked == ["Is there any false hippie?"]
    assert made.described("do you see a false hippie?") == "hip prosthesis"
    assert asked[-1] == "do you see a false hippie?"


def test_uncertain_words_and_organs_alone_describe_nothing() -> None:
    assert not reader(hip_prosthesis=0.3)[0].described("false hippie")
    made, asked = reader(splenomegaly=0.95)
    assert not made.described("spleen")
    assert not asked


def test_what_is_known_as_untaught_must_be_told_clearly() -> None:
    """A splenic cyst is like a liver cyst, and none."""
    assert not reader(liver_cyst=0.5)[0].described("splenic cyst")
    assert reader(adrenal_mass=0.95)[0].described("suprarenal metastasis") == "adrenal mass"


def test_half_a_character_is_read_as_a_sign_of_its_own() -> None:
    """Text that JavaScript cut in an emoji ended a search and a question in an error of ours."""
    reader = QuestionReader(load_reader(DEFAULT_MODEL / "reader"), Lexicon())
    assert reader.read("any stone here \ud83d") == reader.read("any stone here \ufffd")
    assert reader.described("a stone \udc00") == reader.described("a stone \ufffd")


def test_general_words_alone_mean_several_things() -> None:
    """ "Is there a tumor" and "bones?" were not taught."""
    reader = QuestionReader(load_reader(DEFAULT_MODEL / "reader"), Lexicon())
    tumour = reader.read("is there a tumor anywhere?")
    assert (tumour.wish.intent, tumour.wish.kind, tumour.every) == ("presence", "lung nodule", True)
    assert "mediastinal mass" in {other.kind for other in tumour.others}
    bones = reader.read("bones?")
    assert [one.organ for one in (bones.wish, *bones.others)] == ["spine", "pelvic bone"]
    assert not reader.read("tumour markers?").every


def test_a_thing_that_nobody_taught_is_no_finding() -> None:
    """A banana in the lung was a nodule."""
    reader = QuestionReader(load_reader(DEFAULT_MODEL / "reader"), Lexicon())
    for text in ("banana in the lung", "a hammer in the lung?", "is there a fish in the lung"):
        assert reader.read(text).wish.intent == "untaught", text
    assert reader.read("measure the spleen").wish.kind == "splenomegaly"


def test_a_finding_is_not_looked_for_in_a_region_without_it() -> None:
    """ "Any metal in the chest?" was answered by whether there is a hip prosthesis."""
    chest = [Found("value", "chest", 0, 5)]
    assert elsewhere(Wish(intent="presence", kind="hip prosthesis"), chest)
    assert not elsewhere(Wish(intent="presence", kind="lung nodule"), chest)
    assert not elsewhere(Wish(intent="presence", kind="hip prosthesis"), [])
