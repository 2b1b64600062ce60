"""Findings of the aorta, in chest and abdomen."""

from med3dvlm.phantoms.abdomen import aortic_course
from med3dvlm.phantoms.anatomy import Anatomy
from med3dvlm.phantoms.canvas import Box
from med3dvlm.phantoms.chest import ARCH, descending_course
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene


def _widen_aorta(anatomy: Anatomy, finding: Finding) -> None:
    if finding.place == "ascending aorta":
        anatomy.ascending_aorta_mm = float(finding.size_mm)
    else:
        anatomy.descending_aorta_mm = float(finding.size_mm) - 6


def _draw_aortic_aneurysm(scene: Scene, finding: Finding) -> list[Box]:
    r = finding.size_mm / 2
    if finding.place == "ascending aorta":
        x, y, z = ARCH[1]
        return [scene.canvas.box((x, y, z - 14), (r, r, 38))]
    blood = scene.acquisition.hu("artery")
    course = descending_course(scene.anatomy)
    x, y, z = course[2]
    # A mural thrombus lines the sac.
    scene.canvas.blob((x + 2, y - 2, z + 8), (r, r, 46), 34)
    scene.canvas.blob((x, y - 3, z + 8), (r * 0.72, r * 0.70, 45), blood)
    return [scene.canvas.box((x, y, z + 8), (r, r, 46))]


def _draw_abdominal_aneurysm(scene: Scene, finding: Finding) -> list[Box]:
    x, y, z = aortic_course(scene.anatomy)[3]
    r = finding.size_mm / 2
    center = (x + 3, y - 0.45 * r, z - 4)
    scene.canvas.blob(center, (r, r, 44), 32)
    scene.canvas.shell(center, (r, r, 44), 1.8, 260)
    scene.canvas.blob(
        (x + 1, y - 0.35 * r, z - 4), (0.62 * r, 0.6 * r, 44), scene.acquisition.hu("artery")
    )
    return [scene.canvas.box(center, (r, r, 42))]


THORACIC_ANEURYSM = Kind(
    name="thoracic aortic aneurysm",
    regions=("chest",),
    organ="aorta",
    size_mm=(46, 70),
    draw=_draw_aortic_aneurysm,
    prepare=_widen_aorta,
    places=("ascending aorta", "descending aorta"),
    names=("thoracic aortic aneurysm", "aneurysm of the thoracic aorta", "thoracic aneurysm"),
    sentences=(
        "{name} of {where}, {n} mm in diameter.",
        "{Where} is dilated to {n} mm, a {name}.",
        "There is a {name} with a diameter of {n} mm in {where}.",
    ),
    impressions=("{name}, {place}", "{n} mm {name} of {where}"),
)
ABDOMINAL_ANEURYSM = Kind(
    name="abdominal aortic aneurysm",
    regions=("abdomen",),
    organ="aorta",
    size_mm=(42, 75),
    draw=_draw_abdominal_aneurysm,
    names=(
        "abdominal aortic aneurysm",
        "aneurysm of the abdominal aorta",
        "infrarenal aneurysm",
    ),
    sentences=(
        "{name} of {n} mm with mural thrombus.",
        "There is an {name}, {n} mm in diameter.",
        "The aorta widens to {n} mm below the kidneys, an {name}.",
    ),
    impressions=("{name}", "{n} mm {name}"),
)
