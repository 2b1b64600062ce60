"""A typed question becomes one of the model's own, with what came before where it leans on it."""

from collections.abc import Mapping

import pytest

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.lexicon import Found, Lexicon
from med3dvlm.engine.understanding.neighbours import with_general
from med3dvlm.engine.understanding.plan import AS_TYPED
from med3dvlm.engine.understanding.planning import Understanding
from med3dvlm.engine.understanding.question_reader import Reading
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.vocabulary.wishes import Wish

STONE = "kidney stone"
LEXICON = Lexicon()


class PreparedReader:
    """Reads what was prepared; its lexicon is the real one."""

    def __init__(self, readings: Mapping[str, Wish], certainty: float = 0.9) -> None:
        self.readings, self.certainty = readings, certainty

    def corrected(self, text: str) -> str:
        return text

    def read(self, text: str) -> Reading:
        return Reading(self.readings[text], self.certainty)

    def described(self, text: str) -> str:
        return self.readings[text].kind

    def names(self, text: str) -> list[Found]:
        return with_general(text, LEXICON.find(text))


def understanding(certainty: float = 0.9, **readings: Wish) -> Understanding:
    texts = {text.replace("_", " "): wish for text, wish in readings.items()}
    return Understanding(PreparedReader(texts, certainty))


def test_the_model_s_own_words_and_choices_pass_untouched() -> None:
    plain = understanding()
    for text in ("Is there a kidney stone?", "Write a report.", "Which? A. axial B. coronal", " "):
        assert plain.plan(text) == AS_TYPED


def test_other_words_become_the_model_s_own() -> None:
    plan = understanding(stone_there=Wish(intent="presence", kind=STONE)).plan("stone there")
    assert plan.question == "Is there a kidney stone?"
    assert plan.sure


@pytest.mark.parametrize(
    "turn",
    [
        Turn("Is there a kidney stone?", "Yes"),
        Turn("stone there", "Yes, there is a kidney stone."),
        Turn("kidneys ok", "The kidneys are affected: there is a kidney stone."),
    ],
)
def test_a_follow_up_is_about_the_finding_last_spoken_of(turn: Turn) -> None:
    followed = understanding(
        where=Wish(intent="place"), stone_there=Wish(intent="presence", kind=STONE),
        kidneys_ok=Wish(intent="organ", organ="kidney"), hello=Wish(intent="small talk"),
    )  # fmt: skip
    plan = followed.plan("where", (turn, Turn("hello", "Hello.")))
    assert plan.question == own_words.place_question(STONE)


def test_a_follow_up_with_nothing_before_it_has_no_question() -> None:
    alone = understanding(where=Wish(intent="place"), how_many=Wish(intent="count"))
    assert alone.plan("where").question == ""
    assert alone.plan("how many").question == own_words.ABNORMALITIES


def test_the_presence_of_nothing_known_is_untaught() -> None:
    plan = understanding(any_worms=Wish(intent="presence")).plan("any worms")
    assert plan.wish == Wish(intent="untaught")


def test_what_else_remembers_what_was_spoken_of() -> None:
    turns = (Turn("Is there a kidney stone?", "Yes"),)
    other = understanding(anything_else=Wish(intent="what is shown"))
    assert other.plan("anything else", turns).spoken_of == {STONE}
    assert not other.plan("anything else").spoken_of


def test_an_uncertain_reading_is_not_sure() -> None:
    assert not understanding(0.1, hm=Wish(intent="organ", organ="liver")).plan("hm").sure


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("kidney stone", "kidney stone"),
        ("coronal CT with a broken back", "coronal CT with a vertebral fracture"),
        ("no gallstones", "no gallstone"),
        ("hip replacement", "hip replacement"),
    ],
)
def test_a_known_name_is_searched_in_the_model_s_own(typed: str, searched: str) -> None:
    assert understanding().searched_for(typed) == searched


def test_an_unknown_name_is_searched_as_it_is_read() -> None:
    read = understanding(
        pee_pebble=Wish(intent="presence", kind=STONE),
        left_pee_pebble=Wish(intent="side check", kind=STONE, side="left"),
        without_pee_pebble=Wish(intent="presence", kind=STONE), hello=Wish(intent="small talk"),
    )  # fmt: skip
    assert read.searched_for("pee pebble") == STONE
    assert read.searched_for("left pee pebble") == "left kidney stone"
    assert read.searched_for("without pee pebble") == "without kidney stone"
    assert read.searched_for("hello") == "hello"


def test_a_message_with_several_questions_has_a_plan_for_each() -> None:
    texts = {
        "Any stones?": Wish(intent="presence", kind=STONE),
        "is the liver ok?": Wish(intent="organ", organ="liver"),
        "how old is she?": Wish(intent="untaught"),
    }
    plan = Understanding(PreparedReader(texts)).plan(" ".join(texts))
    assert plan.understood == f"Is there a {STONE}? {own_words.organ_question('liver')}"
    assert [part.typed for part in plan.all if part.refused] == ["how old is she?"]


def test_the_same_question_asked_twice_is_one() -> None:
    texts = {
        "Any stones?": Wish(intent="presence", kind=STONE), "is there any?": Wish(intent="size"),
    }  # fmt: skip
    read = Understanding(
        PreparedReader(texts | {"Any stones? is there any?": texts["Any stones?"]})
    )
    assert read.plan("Any stones? is there any?").also == ()


def test_a_report_covers_whatever_else_is_asked() -> None:
    texts = {
        "Any stones?": Wish(intent="presence", kind=STONE),
        "do a report": Wish(intent="report"),
    }
    plan = Understanding(PreparedReader(texts)).plan("Any stones? do a report")
    assert (plan.question, plan.also) == (own_words.REPORT, ())


def test_doubt_asks_the_same_again() -> None:
    read = understanding(stone_there=Wish(intent="presence", kind=STONE))
    plan = read.plan("Are you sure?", (Turn("stone there", "Yes"),))
    assert plan.question == "Is there a kidney stone?"


def test_doubt_looks_back_past_other_doubts_to_a_question() -> None:
    read = understanding(stone_there=Wish(intent="presence", kind=STONE))
    turns = (Turn("stone there", "Yes"), Turn("really?", "Yes"))
    assert read.plan("you're wrong", turns).question == "Is there a kidney stone?"
    assert read.plan("you're wrong", turns).doubted


def test_doubt_of_a_report_asks_for_its_findings_and_writes_no_second_one() -> None:
    read = understanding(report_please=Wish(intent="report"))
    plan = read.plan("are you sure?", (Turn("report please", "A report."),))
    assert (plan.question, plan.doubted) == (own_words.ABNORMALITIES, True)


def test_a_report_is_written_again_or_told_in_short() -> None:
    read = understanding(report_please=Wish(intent="report"))
    turns = (Turn("report please", "A report."),)
    assert read.plan("again", turns).question == own_words.REPORT
    assert read.plan("shorter please", turns).question == own_words.ABNORMALITIES
    assert read.plan("tldr").question == own_words.ABNORMALITIES


def test_sizes_and_places_of_all_findings_are_a_report() -> None:
    asked = understanding(all_findings_with_sizes=Wish(intent="size"))
    assert asked.plan("all findings with sizes").question == own_words.REPORT


@pytest.mark.parametrize("place", ["same for the bladder", "no i mean in the bladder"])
def test_a_corrected_place_is_asked_about_the_finding_before(place: str) -> None:
    read = Understanding(
        PreparedReader({"bladder stone": Wish(intent="presence", kind="bladder stone")})
    )
    assert read.plan(place, (Turn("kidney stone", "No"),)).question == "Is there a bladder stone?"


def test_a_general_word_gets_the_place_that_was_meant() -> None:
    wish = Wish(intent="presence", kind="gallstone")
    read = understanding(**{"is there a stone in the gallbladder": wish})
    turns = (Turn("is there a stone?", "No"),)
    assert read.plan("no i mean in the gallbladder", turns).question == "Is there a gallstone?"


def test_a_side_alone_is_asked_of_the_finding_before() -> None:
    turns = (Turn("Is there a kidney stone?", "Yes"),)
    asked = understanding().plan("what about the right", turns).wish
    assert asked == Wish(intent="side check", kind=STONE, side="right")
    assert understanding().plan("both sides?", turns).question == own_words.place_question(STONE)
    assert understanding().plan("is this a head?").question == own_words.REGION


@pytest.mark.parametrize("worry", ["Should I be worried?", "I fell. Is it serious?"])
def test_worry_is_about_the_finding_just_spoken_of_or_about_all(worry: str) -> None:
    """ "Should I be worried?" was read as "is anything wrong?" and answered with a yes."""
    read = understanding(stone_there=Wish(intent="presence", kind=STONE))
    after = read.plan(worry, (Turn("stone there", "Yes"),))
    assert (after.question, after.worried) == ("Is there a kidney stone?", True)
    first = read.plan(worry)
    assert (first.question, first.worried) == (own_words.ABNORMALITIES, True)


def test_another_place_is_asked_about_the_finding_before() -> None:
    plan = Understanding(
        PreparedReader({"bladder stone": Wish(intent="presence", kind="bladder stone")})
    ).plan("and in the bladder", (Turn("kidney stone", "No"),))
    assert plan.question == "Is there a bladder stone?"


def test_a_comparison_is_untaught_whatever_it_names() -> None:
    assert understanding().plan("is the stone bigger than last year").refused


def test_only_findings_are_counted() -> None:
    read = understanding(
        how_many_cars=Wish(intent="count all"), how_many_findings=Wish(intent="count all")
    )
    assert read.plan("how many cars").refused
    assert not read.plan("how many findings").refused


def test_where_in_the_body_asks_for_the_region() -> None:
    asked = understanding(where_in_the_body=Wish(intent="place"))
    assert asked.plan("where in the body").wish == Wish(intent="region")


def test_more_is_told_of_the_finding_spoken_of_or_of_everything() -> None:
    """ "Can you elaborate", after a stone, was small talk."""
    plan = understanding().plan("tell me more", (Turn("Is there a kidney stone?", "Yes"),))
    assert [(part.wish and part.wish.intent) for part in plan.all] == ["place", "size"]
    assert understanding().plan("more details please").question == own_words.REPORT


def test_more_in_the_same_message_keeps_all_its_questions() -> None:
    there = Wish(intent="presence", kind=STONE)
    prepared = PreparedReader({"is there a stone in the kidney?": there})
    plan = Understanding(prepared).plan("is there a stone in the kidney? tell me more?")
    assert [(part.wish and part.wish.intent) for part in plan.all] == ["presence", "place", "size"]


def test_what_is_this_tells_the_part_of_the_body_and_what_is_wrong() -> None:
    plan = understanding().plan("what is this?")
    assert [part.question for part in plan.all] == [own_words.REGION, own_words.ABNORMALITIES]
    asked = understanding(what_is_that=Wish(intent="untaught"))
    assert asked.plan("what is that", (Turn("Is there a kidney stone?", "Yes"),)).refused


def test_which_part_by_itself_is_the_part_of_the_body() -> None:
    """It was refused as a question about a finding that nobody had named."""
    assert understanding().plan("Which part?").question == own_words.REGION
    spoken_of = (Turn("Is there a kidney stone?", "Yes"),)
    asked = understanding(which_part_is_it=Wish(intent="place"))
    assert asked.plan("which part is it", spoken_of).question != own_words.REGION
