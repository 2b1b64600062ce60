"""What a varied finding may look at and paint into: the tidy scene with this person's own lungs."""

from dataclasses import dataclass
from functools import cached_property

from med3dvlm.phantoms.findings import Scene
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.thorax import Lungs, lung_fields
from med3dvlm.phantoms.varied.tissues import Enhanced


@dataclass(kw_only=True)
class VariedScene(Scene):
    """A scene of one person in one scan."""

    anatomy: Person
    acquisition: Enhanced

    @cached_property
    def lungs(self) -> Lungs:
        """Pleural cavities by side, as box and coverage."""
        return lung_fields(self.canvas, self.anatomy, self.inside)
