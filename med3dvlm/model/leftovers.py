"""Cleans up what published training leaves in a checkpoint besides its weights.

Trainers wrap a model (`module.`), LoRA wraps it again (`base_model.model.`) and keeps copies of
fully trained layers (`modules_to_save`), and older libraries stored buffers that newer ones
compute. All of these are undone or left out; what can't be undone without guessing is refused.
"""

from collections import Counter
from collections.abc import Iterable

from med3dvlm.errors import CheckpointError

WRAPPERS = ("module.", "_orig_mod.", "base_model.model.")
# Tensors that are computed from the configuration and need not be read.
COMPUTED = ("rotary_emb.inv_freq", "rotary_emb.original_inv_freq", "embeddings.position_ids")
# LoRA keeps the untrained layer next to the trained copy, which is the one to read.
UNTRAINED = ".original_module."
TRAINED_COPY = ".modules_to_save.default."
ADAPTED_LAYER = ".base_layer."
ADAPTER = ("lora_A", "lora_B", "lora_embedding", "lora_magnitude")
RENAMED_HEADS = {"model.lm_head.weight": "lm_head.weight"}


def plain_names(stored: Iterable[str]) -> dict[str, str]:
    """Stored names to plain ones, without those that need not be read.

    Raises:
        CheckpointError: the checkpoint is an unmerged adapter, or two names become one.
    """
    plain: dict[str, str] = {}
    for name in stored:
        _refuse_adapter(name)
        short = _plain(name)
        if short is not None:
            plain[name] = short
    twice = {short for short, count in Counter(plain.values()).items() if count > 1}
    if twice:
        both = sorted(name for name, short in plain.items() if short in twice)
        raise CheckpointError(
            f"{both[0]} and {both[1]} are the same tensor under two names, and there is no way to "
            "know which one to use. Save the merged model again."
        )
    return plain


def _refuse_adapter(name: str) -> None:
    if any(mark in name for mark in ADAPTER):
        raise CheckpointError(
            f"this is a LoRA training state, not a merged model (it contains {name}). "
            "Merge the adapter into its base model (peft: merge_and_unload) and save that."
        )


def _plain(name: str) -> str | None:
    while prefix := next((p for p in WRAPPERS if name.startswith(p)), None):
        name = name.removeprefix(prefix)
    if name.endswith(COMPUTED) or UNTRAINED in name:
        return None
    name = name.replace(TRAINED_COPY, ".").replace(ADAPTED_LAYER, ".")
    return RENAMED_HEADS.get(name, name)
