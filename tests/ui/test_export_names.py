"""What the names of exports begin with."""

import pytest

from med3dvlm.ui.export_names import LONGEST_BYTES, stem_of


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("chest.nii.gz", "chest"),
        ("CHEST.NII", "CHEST"),
        ("T1.5 head.mha", "T1.5 head"),
        ("IM0001.dcm and 1,204 more", "IM0001"),
        ("Phantom 30000388", "Phantom 30000388"),
        ("Brust 80 %.nii.gz", "Brust 80 %"),
        ("100%25 %2F.nii", "100%25 %2F"),
        ("\u80ba\u90e8.nii.gz", "\u80ba\u90e8"),
        ("\u0635\u062f\u0631.zip", "\u0635\u062f\u0631"),
        ("Bru\u0308ste.nii", "Br\u00fcste"),
        ("cafe \U0001fac1.nii", "cafe \U0001fac1"),
        ("\u0645\u06cc\u200c\u062f\u0648.nii", "\u0645\u06cc\u200c\u062f\u0648"),
    ],
)
def test_it_is_the_files_name_without_its_ending(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../a/b\\c.nii", "_a_b_c"),
        ('a<b>:"|?*.nii', "a_b______"),
        ("a\0b\r\nc\td.nii", "ab c d"),
        ("gpj.\u202eiin.nii", "gpj.iin"),
        ("con.nii.gz", "_con"),
        ("LPT1", "_LPT1"),
        (".nii.gz", "scan"),
        (" . ", "scan"),
        ("", "scan"),
    ],
)
def test_what_no_name_can_hold_is_replaced(name: str, stem: str) -> None:
    assert stem_of(name) == stem


def test_a_long_name_is_cut_between_letters() -> None:
    stem = stem_of("a" + 200 * "\u80ba" + ".nii")
    assert len(stem.encode()) <= LONGEST_BYTES
    assert set(stem[1:]) == {"\u80ba"}
