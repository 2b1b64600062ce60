"""Our VLM written in the published layout, from which ours and the published code can load.

save_published_vlm(folder, model, tokenizer)
"""

import json
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import save_torch_state_dict
from torch import nn
from transformers import PreTrainedTokenizerBase

from med3dvlm.errors import ConfigError
from med3dvlm.model.checkpoint_file import CONFIG
from med3dvlm.model.mixer import StreamConfig
from med3dvlm.model.released import KeyTable, vlm_table
from med3dvlm.model.released_config import VLM_CLASS, VLM_TYPE
from med3dvlm.model.vlm import VLM
from med3dvlm.volumes.grid import Grid

SHARD = "5GB"


def save_published_vlm(
    folder: Path,
    model: VLM,
    tokenizer: PreTrainedTokenizerBase,
    *,
    dtype: torch.dtype = torch.float32,
    shard: int | str = SHARD,
) -> None:
    """Write a VLM as a `vlm_qwen` checkpoint, in shards of at most `shard`.

    Raises:
        ConfigError: it was trained with the corrected splice, which that layout can't say.
    """
    config = model.config
    if config.splice != "published":
        raise ConfigError(
            "This model joins image and text in the corrected way, and whoever reads the "
            "published layout does it in the published one: answers would change. Train it with "
            "splice='published', or use our own format."
        )
    language = config.language
    table = vlm_table(config.encoder, config.projector, layers=language.layers, tied=language.tied)
    _write(folder, model, table, dtype=dtype, shard=shard)
    (folder / CONFIG).write_text(json.dumps(published_vlm_config(model), indent=2) + "\n")
    tokenizer.save_pretrained(folder)


def published_vlm_config(model: VLM) -> dict[str, Any]:
    """config.json as the published code writes it."""
    config, language, projector = model.config, model.config.language, model.config.projector
    return {
        "model_type": VLM_TYPE,
        "architectures": [VLM_CLASS],
        "vocab_size": language.vocabulary,
        "hidden_size": language.width,
        "intermediate_size": language.hidden,
        "num_hidden_layers": language.layers,
        "num_attention_heads": language.heads,
        "num_key_value_heads": language.key_heads,
        "hidden_act": "silu",
        "max_position_embeddings": language.positions,
        "rms_norm_eps": language.norm_eps,
        "rope_theta": language.rope_theta,
        "tie_word_embeddings": language.tied,
        "vision_tower": "dcformer",
        "vision_select_layer": -2,
        "vision_select_feature": "cls_patch",
        "input_size": _published_size(config.grid),
        "mm_projector_type": "mixer",
        "mm_mlp_depth": projector.mlp_depth,
        "proj_out_num": projector.image_tokens,
        **_published_stream("low", projector.low),
        **_published_stream("high", projector.high),
    }


def _published_size(grid: Grid) -> list[int]:
    depth, height, width = grid
    return [height, width, depth]


def _published_stream(name: str, stream: StreamConfig) -> dict[str, list[int]]:
    return {
        f"{name}_input_size": [stream.tokens[0], stream.channels[0]],
        f"{name}_output_size": list(stream.tokens[1:]),
    }


def _write(
    folder: Path, model: nn.Module, table: KeyTable, *, dtype: torch.dtype, shard: int | str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor for name, tensor in model.state_dict().items() if name in table.published}
    published = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in table.to_published(state).items()
    }
    save_torch_state_dict(published, folder, max_shard_size=shard)
