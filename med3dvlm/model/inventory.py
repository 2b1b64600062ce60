"""What lies in a weights file, read from its header alone: parameters and bytes by part.

found = inventory(folder)
found.parameters["language_model"], found.stored_bytes
found.needs(4)                       # bytes in memory at 4 bytes a parameter
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import WEIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Counts of one weights file.

    Attributes:
        parameters: numbers by part (the first word of a tensor's name).
        dtypes: numbers by stored type, as safetensors names it (`F16`, `F32`, ...).
        stored_bytes: size of the file.
    """

    parameters: Mapping[str, int]
    dtypes: Mapping[str, int]
    stored_bytes: int

    @property
    def total(self) -> int:
        """All parameters, buffers of normalisation layers included."""
        return sum(self.parameters.values())

    def needs(self, bytes_each: int) -> int:
        """Bytes of the weights in memory; a question adds little for models of this kind."""
        return self.total * bytes_each


def inventory(folder: Path) -> Inventory:
    """Count the weights of a checkpoint folder without loading them.

    Raises:
        CheckpointError: the weights are missing or damaged.
    """
    parameters: Counter[str] = Counter()
    dtypes: Counter[str] = Counter()
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as stored:
            for name in stored.keys():  # noqa: SIM118, the handle is no mapping
                tensor = stored.get_slice(name)
                count = math.prod(tensor.get_shape())
                parameters[name.partition(".")[0]] += count
                dtypes[tensor.get_dtype()] += count
    except FileNotFoundError:
        raise CheckpointError(f"{folder} has no {WEIGHTS}: copy the whole folder again") from None
    except SafetensorError as error:
        raise CheckpointError(f"{folder / WEIGHTS} is damaged ({error}): copy it again") from None
    return Inventory(
        parameters=parameters, dtypes=dtypes, stored_bytes=(folder / WEIGHTS).stat().st_size
    )
