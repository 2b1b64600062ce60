"""Which findings a field of view could show: where each kind lies, before anything is drawn.

labels = labels_in_view(person, view)         # (("kidney stone", "left kidney"), ...)

A finding is drawn only where its whole place is scanned, and denied only where all its places are.
"""

from collections.abc import Callable

from med3dvlm.phantoms.abdomen import aortic_course
from med3dvlm.phantoms.anatomy import VERTEBRAE
from med3dvlm.phantoms.canvas import Point
from med3dvlm.phantoms.chest import ARCH, descending_course
from med3dvlm.phantoms.findings import KINDS, Kind
from med3dvlm.phantoms.findings.base import side_of
from med3dvlm.phantoms.findings.lung import LOBES
from med3dvlm.phantoms.varied.field import View
from med3dvlm.phantoms.varied.person import Person

# A place as centre and half edges of a box, mm.
Place = tuple[Point, Point]
Locate = Callable[[Person, str], list[Place]]
SIDES = {"right": (-1,), "left": (1,), "both": (-1, 1)}


def labels_in_view(person: Person, view: View) -> tuple[tuple[str, str], ...]:
    """(kind, place) of every finding that would be seen, in the order of `KINDS`."""
    labels = [label for kind in KINDS.values() for label in kind.labels if _possible(kind, person)]
    return tuple(label for label in labels if _seen(label, person, view))


def kinds_in_view(labels: tuple[tuple[str, str], ...]) -> tuple[Kind, ...]:
    """Kinds that can be denied: all their places are in view (for the spine, any part of it)."""
    seen = set(labels)
    return tuple(
        kind
        for kind in KINDS.values()
        if (any if kind.place_words else all)(label in seen for label in kind.labels)
    )


def _possible(kind: Kind, person: Person) -> bool:
    if kind.organ == "ovary":
        return person.female
    return person.gallbladder or kind.organ != "gallbladder"


def _seen(label: tuple[str, str], person: Person, view: View) -> bool:
    kind, place = label
    return all(view.holds(*box) for box in PLACES[kind](person, place))


def _organ(name: str, share: float = 1.0) -> Locate:
    def locate(person: Person, _: str) -> list[Place]:
        organ = person.organs[name]
        x, y, z = (share * r for r in organ.radii)
        return [(organ.center, (x, y, z))]

    return locate


def _box(center: Point, radii: Point) -> Locate:
    return lambda _, __: [(center, radii)]


def _mirrored(center: Point, radii: Point) -> Locate:
    """A box on the side, or the sides, that the place names."""
    x, y, z = center
    return lambda _, place: [
        ((side * x, y, z), radii) for word in place.split()[:1] for side in SIDES[word]
    ]


def _lobe(radius: float) -> Locate:
    return lambda _, place: [(LOBES[place], (radius, radius, radius))]


def _liver(person: Person, place: str) -> list[Place]:
    boxes = {
        "right": _organ("liver", 0.62)(person, place),
        "left": _organ("left liver lobe", 0.75)(person, place),
    }
    return [
        box for word, found in boxes.items() if place.startswith((word, "both")) for box in found
    ]


def _kidney(person: Person, place: str) -> list[Place]:
    return _organ(place)(person, place)


def _adrenal(person: Person, place: str) -> list[Place]:
    side = side_of(place)
    kidney = person.organs["right kidney" if side < 0 else "left kidney"]
    _, y, z = kidney.at(0, 0, 1.0)
    return [((side * 34.0, y - 10, z + 16), (28, 28, 28))]


def _thoracic_aorta(person: Person, place: str) -> list[Place]:
    if place == "ascending aorta":
        x, y, z = ARCH[1]
        return [((x, y, z - 10), (28, 28, 34))]
    x, y, z = descending_course(person)[2]
    return [((x, y, z + 8), (32, 32, 44))]


def _abdominal_aorta(person: Person, _: str) -> list[Place]:
    x, y, z = aortic_course(person)[3]
    return [((x + 3, y - 14, z - 4), (34, 34, 40))]


def _vertebra(person: Person, place: str) -> list[Place]:
    z = VERTEBRAE[place.split()[0]]
    x, y = person.spine(z)
    return [((x, y, z), (24, 18, 30))]


PLACES: dict[str, Locate] = {
    "lung nodule": _lobe(30),
    "consolidation": _lobe(40),
    "pleural effusion": _mirrored((80, 48, 262), (38, 36, 38)),
    "pneumothorax": _mirrored((78, -25, 330), (45, 62, 62)),
    "pericardial effusion": _organ("heart", 1.1),
    "mediastinal mass": _box((2, -56, 352), (34, 28, 34)),
    "thoracic aortic aneurysm": _thoracic_aorta,
    "vertebral fracture": _vertebra,
    "liver metastases": _liver,
    "liver cyst": _liver,
    "gallstone": _organ("gallbladder"),
    "splenomegaly": _organ("spleen"),
    "kidney stone": _kidney,
    "hydronephrosis": _kidney,
    "renal cyst": _kidney,
    "adrenal mass": _adrenal,
    "abdominal aortic aneurysm": _abdominal_aorta,
    "ascites": _box((0, 0, 40), (118, 30, 60)),
    "bowel obstruction": _box((0, -34, 16), (84, 34, 60)),
    "free air": _box((0, -74, 130), (62, 20, 62)),
    "bladder stone": _organ("bladder"),
    "bladder mass": _organ("bladder", 1.1),
    "adnexal cyst": _mirrored((50, 2, -66), (40, 40, 40)),
    "lytic bone lesion": _mirrored((84, 12, -34), (30, 44, 40)),
    "hip prosthesis": _mirrored((96, 9, -108), (30, 30, 34)),
}
