import numpy as np

from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.facts import caption, cautions_line, facts_table
from med3dvlm.volumes.volume import Volume, canonical_affine


def made(**kwargs: object) -> Scan:
    voxels = np.zeros((4, 6, 8), np.int16)
    voxels[0, 0, 0], voxels[1, 1, 1] = -1000, 1500
    about = {"unit": "HU", "modality": "CT"} | kwargs
    volume = Volume(voxels=voxels, affine=canonical_affine((2.5, 0.75, 0.5)), **about)
    return Scan(volume=volume, name="Mary Shelley.nii")


def test_numbers_are_in_the_order_x_y_z() -> None:
    table = facts_table(made())
    assert "8 x 6 x 4 voxels" in table
    assert "0.50 x 0.75 x 2.50 mm" in table
    assert "4 x 4 x 10 mm" in table
    assert "right-left x front-back x foot-head" in table


def test_values_have_their_unit() -> None:
    assert "-1000 to 1500 HU" in facts_table(made())
    assert "-1000 to 1500 (no unit)" in facts_table(made(unit="arbitrary"))


def test_an_unknown_orientation_is_said() -> None:
    table = facts_table(made(orientation_known=False))
    assert "doesn&#x27;t say" in table
    assert "right-left" not in table


def test_details_and_notes_are_listed() -> None:
    table = facts_table(made(details={"Kernel": "B31f"}, notes=("Slices were sorted.",)))
    assert "<th scope='row'>Kernel</th><td>B31f</td>" in table
    assert "<li>Slices were sorted.</li>" in table
    assert "<ul>" not in facts_table(made())


def test_everything_from_a_file_is_escaped() -> None:
    evil = "<script>alert('x')</script>"
    table = facts_table(made(modality=evil, details={evil: evil}, notes=(evil,)))
    assert "<script" not in table
    assert table.count("&lt;script&gt;") == 5


def test_the_files_name_is_not_a_fact() -> None:
    """It may hold a patient's name; it stands above the viewer and nowhere else."""
    assert "Mary" not in facts_table(made())
    assert "Mary" not in caption(made())


def test_caption_names_the_kind_and_the_size() -> None:
    scan = made()
    assert caption(scan) == "CT, 8 x 6 x 4"
    assert caption(Scan(volume=scan.volume, name="", seed=7)) == "phantom, 8 x 6 x 4"


def test_cautions_stand_first_and_in_the_line_under_the_picture() -> None:
    scan = made(orientation_known=False, notes=("Slices were sorted.",))
    table, line = facts_table(scan), cautions_line(scan)
    assert table.index("left and right unknown") < table.index("Read from the file")
    assert "<dt>few slices</dt>" in table
    assert "How the file was read" in table
    assert line.count("<li") == 3
    assert "title='Only 4 slices, 10 mm in total." in line


def test_a_scan_without_cautions_has_no_line() -> None:
    voxels = np.full((40, 40, 40), -1000, np.int16)
    voxels[8:-8, 8:-8, 8:-8] = 40
    volume = Volume(voxels=voxels, affine=canonical_affine((2, 2, 2)), unit="HU", modality="CT")
    scan = Scan(volume=volume, name="")
    assert cautions_line(scan) == ""
    assert "Points to note" not in facts_table(scan)


def test_an_example_of_a_real_person_says_whose_scan_it_is() -> None:
    scan = Scan(volume=made().volume, name="", credit="A collection, CC BY 4.0.")
    assert caption(scan).startswith("real CT, ")
    assert "A collection, CC BY 4.0." in facts_table(scan)
    assert "Where it comes from" not in facts_table(made())
