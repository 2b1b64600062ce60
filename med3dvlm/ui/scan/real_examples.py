"""Real CTs to try the app with, from collections that allow it; assets/examples/README.md has more.

`real_cards` are what the page offers, `open_real` opens one by the key of its card.
"""

from dataclasses import dataclass

from med3dvlm.config import ASSETS
from med3dvlm.errors import VolumeError
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.reader import open_volume
from med3dvlm.volumes.window import ABDOMEN, MEDIASTINUM, Window

FOLDER = ASSETS / "examples"
PREFIX = "real:"


@dataclass(frozen=True, slots=True)
class RealExample:
    """A scan of a real person: its file, its title, how it is looked at first, whose it is."""

    name: str
    title: str
    window: Window
    center: tuple[float, float, float]
    credit: str

    @property
    def key(self) -> str:
        """What its card is called by."""
        return PREFIX + self.name


REAL_EXAMPLES = (
    RealExample(
        "lidc-0314", "Chest without contrast", MEDIASTINUM, (40, 66, 60),
        "LIDC-IDRI (Armato et al. 2015), The Cancer Imaging Archive, "
        "doi 10.7937/K9/TCIA.2015.LO9QL9SX, CC BY 3.0, resampled.",
    ),
    RealExample(
        "crlm-1004", "Abdomen, portal venous", ABDOMEN, (20, 60, 62),
        "Colorectal-Liver-Metastases (Simpson et al. 2023), The Cancer Imaging Archive, "
        "doi 10.7937/QXK2-QG03, CC BY 4.0, resampled.",
    ),
    RealExample(
        "acrin-flt-001", "Pelvis without contrast", ABDOMEN, (6, 40, 64),
        "ACRIN-FLT-Breast (Kinahan et al. 2017), The Cancer Imaging Archive, "
        "doi 10.7937/K9/TCIA.2017.ol20zmxg, CC BY 3.0, cropped to the pelvis and resampled.",
    ),
)  # fmt: skip


def real_cards() -> list[Card]:
    """One card for each, with a picture that lies beside the file."""
    return [
        Card(
            key=example.key,
            title=example.title,
            note="real CT",
            picture=(FOLDER / f"{example.name}.webp").read_bytes(),
        )
        for example in REAL_EXAMPLES
    ]


def open_real(key: str) -> Scan:
    """The scan of a card.

    Raises:
        VolumeError: there is no such example.
    """
    example = next((known for known in REAL_EXAMPLES if known.key == key), None)
    if example is None:
        raise VolumeError("There is no such example.")
    return Scan(
        volume=open_volume(FOLDER / f"{example.name}.nii.gz"),
        name=f"Real CT {example.name}",
        window=example.window,
        center=example.center,
        credit=example.credit,
        card=key,
    )
