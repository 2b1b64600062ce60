"""Painting everything normal of a person that lies in the canvas, from head to foot."""

import numpy as np

from med3dvlm.phantoms import abdomen, chest, pelvis, torso
from med3dvlm.phantoms.anatomy import Organ
from med3dvlm.phantoms.canvas import Canvas, Field
from med3dvlm.phantoms.varied.belly import draw_belly
from med3dvlm.phantoms.varied.head import draw_head, draw_neck
from med3dvlm.phantoms.varied.limbs import draw_arms, draw_legs, draw_pose, draw_shoulder_blades
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.scene import VariedScene
from med3dvlm.phantoms.varied.spine import draw_spine
from med3dvlm.phantoms.varied.thorax import draw_lungs, draw_mediastinal_fat
from med3dvlm.phantoms.varied.tissues import Enhanced
from med3dvlm.phantoms.varied.trunk import CROTCH_MM, draw_breasts, draw_trunk

PROSTATE = Organ((0, -14, -138), (23, 19, 20), 0.0, None)
NECK_TOP_MM = 560.0


def outline(
    canvas: Canvas, person: Person, acquisition: Enhanced, rng: np.random.Generator
) -> Field:
    """Limbs, breasts and the trunk's wall; returns the share of each voxel in the cavity."""
    draw_arms(canvas, person, acquisition, draw_pose(rng))
    draw_legs(canvas, person, acquisition, rng)
    draw_breasts(canvas, person, acquisition, rng)
    if canvas.z[-1] < CROTCH_MM or canvas.z[0] > NECK_TOP_MM:
        return np.zeros(canvas.shape, np.float32)
    return draw_trunk(canvas, person, acquisition)


def fill(scene: VariedScene) -> None:
    """Organs and bones, from back to front of the painter."""
    canvas, person, acquisition, rng = scene.canvas, scene.anatomy, scene.acquisition, scene.rng
    if not person.female:
        person.organs["uterus"] = PROSTATE
    draw_belly(scene)
    draw_lungs(canvas, scene.lungs, acquisition, rng)
    pelvis.draw_pelvis(canvas, person, acquisition)
    draw_neck(canvas, acquisition)
    draw_head(canvas, person, acquisition, rng)
    draw_spine(canvas, person, acquisition)
    if canvas.z[0] < 470:
        draw_mediastinal_fat(canvas, person)
        chest.draw_mediastinum(canvas, person, acquisition, rng)
        torso.draw_shoulders(canvas, person, acquisition)
        draw_shoulder_blades(canvas, acquisition)
    abdomen.draw_retroperitoneum(canvas, person, acquisition)
