"""What is said to be in a part of the body is that part's finding, and elsewhere none."""

import pytest

from med3dvlm.engine.understanding.in_parts import IN_PARTS
from med3dvlm.phantoms.findings import KINDS
from tests.engine.understanding.composed import findings_in

MEANT = {
    "a tiny ball growing in my lung": "lung nodule",
    "a chunk of cancer in the left lower lobe": "lung nodule",
    "a puddle at the bottom of my chest": "pleural effusion",
    "bloody fluid beside the lung": "pleural effusion",
    "gas in the chest cavity": "pneumothorax",
    "soup around his heart": "pericardial effusion",
    "water between the loops": "ascites",
    "a prevascular neoplasm": "mediastinal mass",
    "a nodule of the left adrenal gland": "adrenal mass",
    "a blister on her ovary": "adnexal cyst",
    "a cystic pouch beside the uterus": "adnexal cyst",
    "a pocket in the liver": "liver cyst",
    "a bosniak 2f of the kidney": "renal cyst",
    "filiae hepatis": "liver metastases",
    "a gap in the iliac wing": "lytic bone lesion",
    "a wart of the bladder wall": "bladder mass",
    "a fusiform aneurysm of the infrarenal aorta": "abdominal aortic aneurysm",
    "aneurysm of the descending aorta": "thoracic aortic aneurysm",
    "lienomegaly": "splenomegaly",
    "free fluid in the pleural space": "pleural effusion",
    "free fluid around the pericardium": "pericardial effusion",
    "a squashed backbone from my osteoporosis": "vertebral fracture",
}


@pytest.mark.parametrize(("text", "kind"), MEANT.items())
def test_a_thing_in_a_part_is_that_parts_finding(text: str, kind: str) -> None:
    """ "A ball in the lung" was testicles, "free fluid in the pleural space" ascites."""
    assert findings_in(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "a scar on the lung", "a clot in the lung", "a lump in my breast", "spots on the skin",
        "a lump in the stomach", "a cyst in the brain", "a heart aneurysm", "a broken hip bone",
        "did you spot gravel", "lymph nodes of the lung", "the lung, and a ball",
    ],
)  # fmt: skip
def test_other_things_and_other_parts_are_none(text: str) -> None:
    assert not findings_in(text)


def test_only_known_findings_are_in_parts() -> None:
    assert {kind for kind, _ in IN_PARTS} <= set(KINDS)
