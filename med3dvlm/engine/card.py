"""What the page shows about the models in use.

engine.card.info.name, engine.card.device
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings transformers, for which the page does not wait
    from med3dvlm.model.checkpoint import InputSpec, ModelInfo
    from med3dvlm.model.precision import Precision


@dataclass(frozen=True, slots=True)
class EngineCard:
    """What the page shows about the models in use.

    Attributes:
        info: of the vision-language model.
        digest: of its weights.
        parameters: of all models together.
        device: where they run.
        input: what the vision-language model sees.
        follows_up: whether the model uses earlier turns.
        understands: whether questions are put into the model's own words first, by which each
            becomes complete and is answered on its own.
        precision: how the weights of the language model are held (`fp32`, `nf4`, ...).
        weights_bytes: memory that the weights take.
        search: of the dual encoder; None if there is none.
        on_real_scans: what was measured there, in a sentence; empty if nothing was.
    """

    info: "ModelInfo"
    digest: str
    parameters: int
    device: str
    input: "InputSpec"
    follows_up: bool
    understands: bool = False
    precision: "Precision" = "fp32"
    weights_bytes: int = 0
    search: "ModelInfo | None" = None
    on_real_scans: str = ""
