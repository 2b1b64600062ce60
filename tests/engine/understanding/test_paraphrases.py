"""Parts of the body in everyday pictures."""

import pytest

from med3dvlm.engine.understanding.lexicon import Lexicon
from med3dvlm.engine.understanding.paraphrases import plainly

FIND = Lexicon(("training",)).find


@pytest.mark.parametrize(
    ("said", "meant"),
    {
        "a rock in the wee bag": "a rock in the bladder",
        "a lump on that little gland over the kidney": "a lump on that adrenal gland",
        "a bump on my stress hormone gland": "a bump on my adrenal gland",
        "pebbles in the bile bag": "pebbles in the gallbladder",
        "is the main pipe bulging": "is the aorta bulging",
        "blood in the heart pouch": "blood in the heart sac",
        "a cracked back bone": "a cracked back bone",
        "a waterbelly": "a water in the belly",
        "a water sac on the ovary": "a water sac on the ovary",
        "is the central line ok": "is the central line ok",
    }.items(),
)
def test_a_part_in_pictures_gets_its_name(said: str, meant: str) -> None:
    """ "A rock in the wee bag" was untaught; a known finding stays as it is."""
    assert plainly(said, FIND) == meant
