"""A finding may be said by what a part is like, or in Greek."""

import pytest

from med3dvlm.engine.understanding.compositions import composed_of, with_compositions
from tests.engine.understanding.composed import LEXICON, findings_in

MEANT = {
    "is his spleen really huge": "splenomegaly",
    "has the big vessel in the chest widened?": "thoracic aortic aneurysm",
    "a kidney that won't drain": "hydronephrosis",
    "pyelocalicectasis?": "hydronephrosis",
    "jejunal loops are distended": "bowel obstruction",
    "was the left hip replaced": "hip prosthesis",
    "has L3 collapsed": "vertebral fracture",
    "has it travelled into the bones": "lytic bone lesion",
    "loose gas in the tummy": "free air",
    "gas beneath the diaphragm": "free air",
    "a lump behind the breastbone": "mediastinal mass",
    "bulky mediastinal lymphoma": "mediastinal mass",
    "an osteoporotic fracture": "vertebral fracture",
    "a coin lesion": "lung nodule",
    "cystic kidneys": "renal cyst",
    "aorta 6.5 cm": "abdominal aortic aneurysm",
    "a radiolucent focus": "lytic bone lesion",
    "pelvocaliectasis": "hydronephrosis",
}


@pytest.mark.parametrize(("text", "kind"), MEANT.items())
def test_what_a_part_is_like_is_a_finding(text: str, kind: str) -> None:
    """ "Is his spleen huge" asked how the spleen looks, "has it gone to the liver" was refused."""
    assert findings_in(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "is the spleen ok? the liver is huge", "spinal cord compression", "a blocked bile duct",
        "is the kidney normal, and something blocked", "a wide renal artery", "is the hip painful",
        "a collapsed windpipe beside the lung",
    ],
)  # fmt: skip
def test_what_belongs_to_something_else_is_none(text: str) -> None:
    assert with_compositions(text, LEXICON.find(text)) == LEXICON.find(text)


def test_a_known_finding_is_left_alone() -> None:
    found = LEXICON.find("gallstones and a huge spleen")
    assert with_compositions("gallstones and a huge spleen", found) == found


def test_an_aorta_of_no_part_may_be_either() -> None:
    (made,) = [one for one in with_compositions("is the aorta bulging", ()) if one.sort == "kind"]
    assert (made.name, made.others) == ("abdominal aortic aneurysm", ("thoracic aortic aneurysm",))


def test_its_words_are_no_misspellings() -> None:
    assert {"deflated", "bionic", "impassable"} <= composed_of()
