"""The card of models that are loaded.

card = card_of(vlm, dual, device="cpu")
"""

from torch import nn

from med3dvlm.engine.card import EngineCard
from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM
from med3dvlm.model.footprint import parameter_count, weights_bytes


def card_of(vlm: LoadedVLM, dual: LoadedDualEncoder | None, *, device: str) -> EngineCard:
    """What the page shows about a VLM and its dual encoder, if it has one."""
    models: list[nn.Module] = [vlm.model, *([dual.model] if dual else [])]
    return EngineCard(
        info=vlm.info,
        digest=vlm.digest,
        parameters=sum(map(parameter_count, models)),
        device=device,
        input=vlm.input,
        follows_up=vlm.prompt.config.follows_up,
        precision=vlm.precision,
        weights_bytes=sum(map(weights_bytes, models)),
        search=dual.info if dual else None,
    )
