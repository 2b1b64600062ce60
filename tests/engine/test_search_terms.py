"""What a search text names, and which known facts of a hit answer it."""

import pytest

from med3dvlm.engine import search_terms
from med3dvlm.engine.search_terms import (
    NO_MATCH,
    NOTHING_SOUGHT,
    Sought,
    findings_of,
    match_of,
    sought_in,
)
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.phantoms.true_report import true_report
from med3dvlm.retrieval import Entry

STONE = Entry(
    title="", text="There is a kidney stone in the left kidney.", digest="d",
    facts={"kinds": ["kidney stone", "ascites", "odd"], "plane": "coronal", "region": "abdomen"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("right pleural effusion", Sought(kinds=("pleural effusion",), sides=frozenset({"right"}))),
        (
            "fluid in the belly, no renal stones",
            Sought(kinds=("ascites",), absent=("kidney stone",)),
        ),
        ("kidney stone but no ascites", Sought(kinds=("kidney stone",), absent=("ascites",))),
        ("no ascites with kidney stones", Sought(kinds=("kidney stone",), absent=("ascites",))),
        ("chest without contrast", Sought(values=("chest", "non-contrast"))),
        ("not coronal", NOTHING_SOUGHT),
        ("something in the liver", Sought(organs=("liver",))),
        ("my invoice of last year", NOTHING_SOUGHT),
        ("", NOTHING_SOUGHT),
    ],
)
def test_names_are_found_in_anybodys_words(text: str, sought: Sought) -> None:
    assert sought_in(text) == sought


def test_what_is_sought_can_be_said() -> None:
    assert sought_in("right pleural effusion, no ascites").words == (
        "right pleural effusion and no ascites"
    )


@pytest.mark.parametrize(
    ("text", "fits", "differs"),
    [
        ("left kidney stone", ("kidney stone, left kidney",), ()),
        ("right kidney stone", (), ("kidney stone, left kidney",)),
        ("kidney stone without ascites", ("kidney stone, left kidney",), ("ascites",)),
        ("gallstone", (), ("no gallstone",)),
        ("ascites, no gallstones", ("ascites", "no gallstone"), ()),
        ("something in the kidney", ("kidney stone, left kidney",), ()),
        ("something in the liver", (), ("no finding of the liver",)),
        ("coronal chest", ("coronal",), ("not chest",)),
        ("my invoice", (), ()),
    ],
)
def test_known_facts_answer_a_search(
    text: str, fits: tuple[str, ...], differs: tuple[str, ...]
) -> None:
    found = match_of(sought_in(text), STONE)
    assert (found.fits, found.differs) == (fits, differs)
    assert found.whole == (bool(fits) and not differs)


def test_the_finding_to_look_at_is_the_one_that_was_sought() -> None:
    assert match_of(sought_in("ascites"), STONE).finding == ("ascites", "")
    assert match_of(sought_in("left kidney stone"), STONE).finding == (
        "kidney stone",
        "left kidney",
    )
    assert match_of(sought_in("right kidney stone"), STONE).finding is None


def test_of_an_entry_without_report_and_facts_nothing_is_known() -> None:
    assert match_of(sought_in("ascites"), Entry(title="", text="", digest="d")) == NO_MATCH


def test_all_findings_of_phantoms_are_known_with_their_places() -> None:
    for seed in SHOWROOM[:40]:
        facts = draw_facts(seed)
        entry = Entry(title="", text=true_report(facts).text, digest="d")
        assert set(findings_of(entry)) == facts.labels


def test_the_report_of_a_hit_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading those of fifty hits anew was three quarters of the work of a search."""
    read = []
    monkeypatch.setattr(search_terms, "read_findings", lambda text: read.append(text) or set())
    entry = Entry(title="", text="Nothing that was read before.", digest="d")
    for _ in range(3):
        findings_of(entry)
    assert read == [entry.text]
