"""A phantom as a volume, to try things with where no scan is at hand.

volume = draw_phantom(30000388)
"""

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.volume import Volume


def draw_phantom(seed: int) -> Volume:
    """A synthetic CT; the same seed gives the same one.

    `make_case` (`med3dvlm/phantoms/case.py`) also tells what was painted into it.

    Raises:
        ConfigError: the seed is negative.
    """
    if seed < 0:
        raise ConfigError(f"The seed of a phantom is 0 or more, got {seed}.")
    return make_case(seed).volume
