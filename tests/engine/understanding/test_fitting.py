"""What may lie in an organ depends on the organ."""

from med3dvlm.engine.understanding.fitting import Fitting
from med3dvlm.engine.understanding.lexicon import Lexicon

FITTING = Fitting(Lexicon(("training",)).terms, {"stone", "cyst", "coin", "metal", "effusion"})


def test_a_stone_fits_where_stones_were_taught() -> None:
    assert all(FITTING.fits("stones", organ) for organ in ("kidney", "gallbladder", "bladder"))
    assert not FITTING.fits("stone", "heart")


def test_the_words_of_a_finding_fit_its_own_organ_and_the_one_beside() -> None:
    assert FITTING.fits("metal", "hip")
    assert not FITTING.fits("metal", "liver")
    assert FITTING.fits("effusion", "lung")


def test_a_word_of_every_day_is_no_finding_and_an_unknown_one_may_be() -> None:
    assert not FITTING.fits("coin", "kidney")
    assert FITTING.fits("gunk", "lung")
    assert FITTING.fits("lump", "spleen")
    assert not FITTING.fits("euro-coin", "kidney")
