"""Arms and legs, beside the trunk or alone: skin, fat, muscles with septa, bones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.phantoms.canvas import Canvas, Lumps, Point
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.tissues import Enhanced

Chain = Sequence[tuple[Point, float]]
# How far a bone lies off the middle, as a share of the radius.
BONE_SHIFT = 0.32
# How often there is a soft mass in a leg.
MASS_CHANCE = 0.25


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the arms are: `down` beside the trunk, `up` above the head, `away` out of the scan."""

    arms: str


def draw_pose(rng: np.random.Generator) -> Pose:
    """Mostly up, as for a scan of the trunk; one in four lies with the arms down."""
    return Pose(str(rng.choice(["up", "down", "away"], p=[0.6, 0.28, 0.12])))


def draw_arms(canvas: Canvas, person: Person, acquisition: Enhanced, pose: Pose) -> None:
    """Shoulders and arms; drawn before the trunk, which covers their roots."""
    if pose.arms == "down" and canvas.z[-1] > -140:
        hang = 186.0 + person.fat.side_mm
        for side in (-1, 1):
            chain: Chain = [
                ((side * 158, 18, 402), 42), ((side * hang, 24, 290), 40),
                ((side * (hang + 12), 26, 140), 33), ((side * (hang + 6), 8, 20), 30),
                ((side * (hang - 6), -18, -110), 20),
            ]  # fmt: skip
            draw_limb(canvas, chain, acquisition, fat_mm=0.35 * person.fat.side_mm)
    elif canvas.z[-1] > 330:
        for side in (-1, 1):
            raised: Chain = [
                ((side * 128, 26, 372), 44), ((side * 156, 10, 428), 42),
                ((side * 158, -10, 520), 38), ((side * 120, -30, 690), 32),
            ]  # fmt: skip
            short = raised[:2] if pose.arms == "away" else raised
            draw_limb(canvas, short, acquisition, fat_mm=0.35 * person.fat.side_mm)


def draw_shoulder_blades(canvas: Canvas, acquisition: Enhanced) -> None:
    """Blades and heads of the upper arms; drawn after the trunk, in which they lie."""
    if canvas.z[-1] < 285:
        return
    bone, marrow = acquisition.hu("cortex"), acquisition.hu("marrow")
    for side in (-1, 1):
        for height, across, back in ((395, 118, 60), (365, 106, 78), (330, 98, 88)):
            canvas.blob((side * across, back, height), (26, 4.5, 26), bone, tilt=0.2 * side)
        canvas.tube([(side * 90, 90, 392), (side * 148, 40, 418)], [6.0, 6.0], bone)
        canvas.blob((side * 150, 14, 412), (23, 23, 23), 0.7 * bone)
        canvas.blob((side * 150, 14, 412), (21.5, 21.5, 21.5), marrow)


def draw_legs(
    canvas: Canvas, person: Person, acquisition: Enhanced, rng: np.random.Generator
) -> None:
    """Both legs from the hip down, the feet more or less apart; now and then a mass in one."""
    if canvas.z[0] > -120:
        return
    fat, apart = 0.6 * person.fat.side_mm, float(rng.uniform(0, 60))
    for side in (-1, 1):
        knee: Point = (side * (78 + 0.5 * apart), 6, -560)
        thigh: Chain = [
            ((side * 92, 10, -130), 82), ((side * (88 + 0.2 * apart), 8, -330), 76), (knee, 52),
        ]  # fmt: skip
        calf: Chain = [
            (knee, 52), ((side * (76 + 0.7 * apart), 16, -660), 54),
            ((side * (70 + 0.9 * apart), 14, -860), 34), ((side * (70 + apart), -10, -905), 40),
        ]  # fmt: skip
        draw_limb(canvas, thigh, acquisition, fat_mm=fat, bone=(-0.1 * side, -0.5))
        # The shin bone lies in front and inside, right below the skin.
        draw_limb(canvas, calf, acquisition, fat_mm=fat, bone=(-0.8 * side, -1.5))
        _draw_leg_bones(canvas, acquisition, side, apart)
    if rng.random() < MASS_CHANCE:
        _draw_mass(canvas, acquisition, rng)


def _draw_mass(canvas: Canvas, acquisition: Enhanced, rng: np.random.Generator) -> None:
    """A soft lump in one leg, somewhere in the scan; it is none of the findings."""
    low = min(float(canvas.z[0]), -240.0)
    high = max(min(float(canvas.z[-1]), -220.0), low + 10)
    x, y = float(rng.choice([-1, 1])) * 96, float(rng.uniform(-25, 35))
    rx, ry, rz = (float(r) for r in rng.uniform(14, 44, 3))
    canvas.blob(
        (x, y, float(rng.uniform(low, high))),
        (rx, ry, 1.4 * rz),
        acquisition.hu("muscle") + float(rng.uniform(-30, 12)),
        lumps=Lumps(0.25, 2.4, float(rng.uniform(0, 6))),
    )


def draw_limb(
    canvas: Canvas,
    chain: Chain,
    acquisition: Enhanced,
    *,
    fat_mm: float,
    bone: tuple[float, float] = (0.0, 0.0),
) -> None:
    """A limb along a chain of (place, radius of the muscles).

    Args:
        canvas: what to paint on.
        chain: from the trunk outwards.
        acquisition: tissue values.
        fat_mm: below the skin.
        bone: where the bone lies off the middle, to the left and to the back.
    """
    points, radii = [point for point, _ in chain], [radius for _, radius in chain]
    canvas.tube(points, [r + fat_mm + 2 for r in radii], acquisition.hu("skin"))
    canvas.tube(points, [r + fat_mm for r in radii], acquisition.hu("fat"))
    canvas.tube(points, radii, acquisition.hu("muscle"))
    # Fat between the groups of muscles, seen as dark lines beside the bone.
    for across, back in ((0.5, 0.3), (-0.45, 0.4), (0.1, -0.6)):
        septum: list[Point] = [(x + across * r, y + back * r, z) for (x, y, z), r in chain]
        canvas.tube(septum, [0.06 * r + 1 for r in radii], -40.0)
    shift = BONE_SHIFT * np.array(radii)
    axis: list[Point] = [
        (x + bone[0] * float(s), y + bone[1] * float(s), z)
        for (x, y, z), s in zip(points, shift, strict=True)
    ]
    thick = [0.22 * r + 3 for r in radii]
    canvas.tube(axis, thick, acquisition.hu("cortex") * 1.5)
    canvas.tube(axis, [0.55 * r for r in thick], -20.0)


def _draw_leg_bones(canvas: Canvas, acquisition: Enhanced, side: int, apart: float) -> None:
    """What a shaft alone lacks: condyles, plateau, knee cap, the thin second bone of the calf."""
    shell, core = 0.8 * acquisition.hu("cortex"), acquisition.hu("marrow")
    knee = side * (78 + 0.5 * apart)
    for x, y, z, r in (
        (-22, 12, -545, 26),
        (22, 12, -545, 26),
        (0, 8, -582, 36),
        (0, -44, -540, 19),
    ):
        canvas.blob((knee + x, y, z), (r, 0.8 * r, 0.75 * r), shell)
        canvas.blob((knee + x, y, z), (r - 3, 0.8 * r - 3, 0.75 * r - 3), core)
    fibula: list[Point] = [
        (knee + side * 32, 26, -600), (side * (98 + 0.8 * apart), 26, -860),
    ]  # fmt: skip
    canvas.tube(fibula, [8.0, 7.0], 1.2 * acquisition.hu("cortex"))
    canvas.tube(fibula, [3.5, 3.0], 0.0)
